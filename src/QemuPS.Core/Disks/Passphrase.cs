using System.Runtime.InteropServices;
using System.Security;
using System.Text;
using QemuPS.Processes;

namespace QemuPS.Disks;

/// <summary>
/// An image's passphrase on its way to a QEMU tool, as a secret object (https://www.qemu.org/docs/master/system/secrets.html).
/// It is in no argument, no log and no file: the tool reads it from a file in memory that is gone with this object.
/// </summary>
/// <param name="passphrase">The passphrase.</param>
/// <param name="id">The secret's id, by which options name it.</param>
public sealed class Passphrase(SecureString passphrase, string id) : IDisposable
{
    private readonly MemoryFile _file = Store(passphrase);

    /// <summary>The secret's id, by which options name it (<c>encrypt.key-secret</c>).</summary>
    public string Id { get; } = id;

    /// <summary>What tells a tool about it. The path in it is of use as long as this object is.</summary>
    public IReadOnlyList<string> Arguments => ["--object", $"secret,id={Id},file={_file.Path}"];

    /// <summary>One for a passphrase that may not be there.</summary>
    public static Passphrase? From(SecureString? passphrase, string id) => passphrase is null ? null : new Passphrase(passphrase, id);

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static MemoryFile Store(SecureString passphrase)
    {
        ArgumentNullException.ThrowIfNull(passphrase);
        var characters = new char[passphrase.Length];
        var bytes = new byte[Encoding.UTF8.GetMaxByteCount(passphrase.Length)];
        var text = Marshal.SecureStringToGlobalAllocUnicode(passphrase);
        try
        {
            Marshal.Copy(text, characters, 0, characters.Length);
            return new MemoryFile(bytes.AsSpan(0, Encoding.UTF8.GetBytes(characters, bytes)));
        }
        finally
        {
            Marshal.ZeroFreeGlobalAllocUnicode(text);
            Array.Clear(characters);
            Array.Clear(bytes);
        }
    }
}
