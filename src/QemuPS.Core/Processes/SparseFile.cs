using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace QemuPS.Processes;

/// <summary>Holes in files: what is read of them is zeros, and they take no space (fallocate(2), lseek(2)).</summary>
internal static partial class SparseFile
{
    private const int KeepSize = 1;
    private const int PunchHole = 2;
    private const int SeekData = 3;
    private const int NoSuchAddress = 6;

    /// <summary>Gives the space of a part of the file back. The file keeps its length: who writes or reads behind it goes on where it is.</summary>
    /// <exception cref="IOException">The file system cannot.</exception>
    public static void Punch(SafeFileHandle file, long offset, long length)
    {
        if (Allocate(file, PunchHole | KeepSize, offset, length) != 0) throw new IOException(Marshal.GetLastPInvokeErrorMessage());
    }

    /// <summary>Where the first content is, at or after an offset; the file's length where there is none.</summary>
    /// <exception cref="IOException">The file cannot be searched.</exception>
    public static long FirstData(SafeFileHandle file, long offset)
    {
        var found = Seek(file, offset, SeekData);
        if (found >= 0) return found;
        var error = Marshal.GetLastPInvokeError();
        return error == NoSuchAddress ? RandomAccess.GetLength(file) : throw new IOException(Marshal.GetPInvokeErrorMessage(error));
    }

    [LibraryImport("libc", EntryPoint = "fallocate", SetLastError = true)]
    private static partial int Allocate(SafeFileHandle file, int mode, long offset, long length);

    [LibraryImport("libc", EntryPoint = "lseek", SetLastError = true)]
    private static partial long Seek(SafeFileHandle file, long offset, int whence);
}
