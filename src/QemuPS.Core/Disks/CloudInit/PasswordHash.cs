using System.Runtime.InteropServices;
using System.Security;
using System.Security.Cryptography;
using System.Text;

namespace QemuPS.Disks;

/// <summary>Passwords as Linux keeps them in /etc/shadow (crypt(5), SHA-512).</summary>
internal static partial class PasswordHash
{
    private const string Alphabet = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    private const int SaltLength = 16;
    // crypt(3) returns a buffer of the library's that the next call writes over.
    private static readonly object OneAtATime = new();

    /// <summary>The password with a new salt.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.NotSupported"/> where the system has no libcrypt.</exception>
    public static string From(SecureString password)
    {
        var salt = RandomNumberGenerator.GetString(Alphabet, SaltLength);
        var wide = Marshal.SecureStringToGlobalAllocUnicode(password);
        var plain = new byte[Encoding.UTF8.GetMaxByteCount(password.Length) + 1];
        try
        {
            Encode(wide, password.Length, plain);
            return Hash(plain, $"$6${salt}$");
        }
        catch (DllNotFoundException error)
        {
            throw new QemuException(ErrorId.NotSupported, "This system has no libcrypt.so.1, which makes the hash of a password.", "Use -SshPublicKey, or put a hash that 'openssl passwd -6' makes into -UserData.", error);
        }
        finally
        {
            Marshal.ZeroFreeGlobalAllocUnicode(wide);
            CryptographicOperations.ZeroMemory(plain);
        }
    }

    private static unsafe void Encode(nint wide, int length, byte[] plain) =>
        Encoding.UTF8.GetBytes(new ReadOnlySpan<char>((void*)wide, length), plain);

    // The password ends with a zero byte.
    private static string Hash(byte[] password, string setting)
    {
        lock (OneAtATime)
        {
            var hash = Marshal.PtrToStringUTF8(Crypt(password, setting));
            // On failure the library returns nothing, or a text that begins with an asterisk.
            return hash?.StartsWith("$6$", StringComparison.Ordinal) == true
                ? hash
                : throw new QemuException(ErrorId.NotSupported, "This system's libcrypt does not make SHA-512 hashes.");
        }
    }

    [LibraryImport("libcrypt.so.1", EntryPoint = "crypt", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint Crypt(byte[] password, string setting);
}
