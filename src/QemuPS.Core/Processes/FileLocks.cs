using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace QemuPS.Processes;

/// <summary>
/// Asks the kernel who has locked a file, without taking a lock (fcntl_locking(2), F_OFD_GETLK). It sees the
/// locks of QEMU's pid files (POSIX locks) as well as those of image files (open file description locks).
/// </summary>
public static partial class FileLocks
{
    private const int GetOpenFileDescriptionLock = 36;
    private const short WriteLock = 1;
    private const short NoLock = 2;

    /// <summary>The lock that would stand in the way of writing to a range of the file, or null.</summary>
    /// <param name="path">The file; it must be readable.</param>
    /// <param name="start">The first byte of the range.</param>
    /// <param name="length">How many bytes; 0 means to the end of the file.</param>
    /// <returns>The process that holds it, or -1 where the kernel does not tell (open file description locks).</returns>
    public static int? FindHolder(string path, long start, long length)
    {
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        return FindHolder(file, start, length);
    }

    /// <summary>The lock of somebody else that would stand in the way of writing to a range of an open file, or null.</summary>
    /// <param name="file">The file.</param>
    /// <param name="start">The first byte of the range.</param>
    /// <param name="length">How many bytes; 0 means to the end of the file.</param>
    /// <returns>The process that holds it, or -1 where the kernel does not tell (open file description locks).</returns>
    public static int? FindHolder(SafeFileHandle file, long start, long length)
    {
        var query = new Flock { Type = WriteLock, Start = start, Length = length };
        if (Fcntl(file, GetOpenFileDescriptionLock, ref query) != 0)
        {
            throw QemuException.FromIO("Cannot read a file's locks", new IOException(Marshal.GetLastPInvokeErrorMessage()));
        }

        return query.Type == NoLock ? null : query.ProcessId;
    }

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int Fcntl(SafeFileHandle file, int command, ref Flock query);

    // struct flock of <bits/fcntl.h> on 64-bit Linux.
    [StructLayout(LayoutKind.Sequential)]
    private struct Flock
    {
        public short Type;
        public short Whence;
        public long Start;
        public long Length;
        public int ProcessId;
    }
}
