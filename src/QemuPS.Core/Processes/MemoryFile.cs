using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace QemuPS.Processes;

/// <summary>
/// A file that lies in memory and has no name in any file system (memfd_create(2)). A tool of the same user opens it
/// through this process's descriptor; it is gone with this object, and at the latest with this process.
/// </summary>
public sealed partial class MemoryFile : IDisposable
{
    private const uint CloseOnExec = 1;
    private readonly SafeFileHandle _handle;

    /// <summary>Makes one.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.FileSystemError"/></exception>
    public MemoryFile(ReadOnlySpan<byte> content)
    {
        _handle = Create("qemups", CloseOnExec);
        if (_handle.IsInvalid) throw QemuException.FromIO("Cannot make a file in memory", new IOException(Marshal.GetLastPInvokeErrorMessage()));
        RandomAccess.Write(_handle, content, 0);
    }

    /// <summary>The path at which other processes of this user read it.</summary>
    public string Path => string.Create(CultureInfo.InvariantCulture, $"/proc/{Environment.ProcessId}/fd/{_handle.DangerousGetHandle()}");

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();

    [LibraryImport("libc", EntryPoint = "memfd_create", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle Create(string name, uint flags);
}
