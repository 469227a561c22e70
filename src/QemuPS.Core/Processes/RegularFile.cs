using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace QemuPS.Processes;

/// <summary>
/// Opens files for reading whose names come from others. A pipe or a device behind the name is neither waited for nor
/// touched: opening a pipe blocks until somebody writes, and opening a tape or a watchdog device does something.
/// </summary>
public static partial class RegularFile
{
    private const int ReadOnly = 0;
    private const int DoNotControlTerminal = 0x100;
    private const int DoNotBlock = 0x800;
    private const int CloseOnExec = 0x80000;

    /// <summary>Opens a file, or only says what is there when that is no regular file.</summary>
    /// <param name="path">The path; links are followed.</param>
    /// <param name="status">What is there.</param>
    /// <returns>The open file, or null where it is something else.</returns>
    /// <exception cref="IOException">There is nothing, or it cannot be read; the kernel's error number is its HResult.</exception>
    public static SafeFileHandle? Open(string path, out FileStatus status)
    {
        status = FileStatus.OfTarget(path);
        if (status.Type != FileType.Regular) return null;
        // Without waiting, for the case that a pipe takes the file's place at this very moment.
        var file = Open(path, ReadOnly | DoNotControlTerminal | DoNotBlock | CloseOnExec);
        if (file.IsInvalid) throw new IOException(Marshal.GetLastPInvokeErrorMessage(), Marshal.GetLastPInvokeError());
        status = FileStatus.Of(file);
        if (status.Type == FileType.Regular) return file;
        file.Dispose();
        return null;
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle Open(string path, int flags);
}
