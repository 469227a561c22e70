using System.Runtime.InteropServices;
using System.Text;

namespace QemuPS.Devices;

/// <summary>
/// Files of the kernel by the calls themselves: an attribute that is missing, or a device that goes while it is
/// read, is an everyday answer there and costs no exception.
/// </summary>
internal static unsafe partial class KernelFile
{
    private const int ReadOnly = 0;
    private const int WriteOnly = 1;
    private const int NonBlocking = 0x800;
    private const int CloseOnExec = 0x80000;
    private const int Interrupted = 4;
    private const int Overwritten = 32;
    private const int CurrentFolder = -100;
    private const int ReadAccess = 4;
    private const int WriteAccess = 2;
    private const int EffectiveIds = 0x200;

    // More than any file of /proc or /sys that is read here; a recorded host may hold anything.
    private const int MostBytes = 16 << 20;

    private static readonly int NoFollow =
        RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm ? 0x8000 : 0x20000;

    /// <summary>The error number of a last component that is a link, where links are not followed.</summary>
    public const int IsLink = 40;

    /// <summary>Reads the beginning of a file.</summary>
    /// <returns>How many bytes were read, or the error number below zero.</returns>
    /// <param name="path">The file.</param>
    /// <param name="followLink">A last component that is a link is followed.</param>
    /// <param name="buffer">Takes the bytes.</param>
    /// <param name="isAttribute">It is an attribute of sysfs, all of which comes with one read (Documentation/filesystems/sysfs.rst).</param>
    public static int Read(string path, bool followLink, Span<byte> buffer, bool isAttribute = false)
    {
        var file = Open(path, ReadOnly | NonBlocking | CloseOnExec | (followLink ? 0 : NoFollow));
        if (file < 0) return -Marshal.GetLastPInvokeError();
        try
        {
            var length = 0;
            while (length < buffer.Length)
            {
                var count = ReadSome(file, buffer[length..]);
                if (count < 0) return count;
                length += count;
                if (count == 0 || isAttribute) break;
            }

            return length;
        }
        finally
        {
            _ = Close(file);
        }
    }

    /// <summary>Reads a file to its end, or to where it would have to wait; null where it cannot be read.</summary>
    /// <param name="path">The file.</param>
    /// <param name="error">The error number where the result is null.</param>
    public static byte[]? ReadAll(string path, out int error)
    {
        error = 0;
        var file = Open(path, ReadOnly | NonBlocking | CloseOnExec);
        if (file < 0)
        {
            error = Marshal.GetLastPInvokeError();
            return null;
        }

        try
        {
            return ReadToEnd(file, out error);
        }
        finally
        {
            _ = Close(file);
        }
    }

    /// <summary>Writes a text by one write(2), which is how an attribute takes a value.</summary>
    /// <returns>Zero, or the error number.</returns>
    public static int Write(string path, string text)
    {
        var file = Open(path, WriteOnly | CloseOnExec);
        if (file < 0) return Marshal.GetLastPInvokeError();
        try
        {
            var bytes = Encoding.UTF8.GetBytes(text);
            fixed (byte* start = bytes)
            {
                while (Write(file, start, (nuint)bytes.Length) < 0)
                {
                    var error = Marshal.GetLastPInvokeError();
                    if (error != Interrupted) return error;
                }
            }

            return 0;
        }
        finally
        {
            _ = Close(file);
        }
    }

    /// <summary>Where a symbolic link points, as it is written; null where it is none.</summary>
    public static string? ReadLink(string path)
    {
        Span<byte> buffer = stackalloc byte[4096];
        fixed (byte* start = buffer)
        {
            var length = ReadLink(path, start, (nuint)buffer.Length);
            return length <= 0 ? null : Encoding.UTF8.GetString(buffer[..(int)length]);
        }
    }

    /// <summary>What the kernel says to this user about opening the file for reading and writing: mode, group and ACL.</summary>
    public static bool CanReadWrite(string path) =>
        FileAccessAt(CurrentFolder, path, ReadAccess | WriteAccess, EffectiveIds) == 0;

    private static byte[]? ReadToEnd(int file, out int error)
    {
        var buffer = new byte[16384];
        var length = 0;
        error = 0;
        while (length < MostBytes)
        {
            if (buffer.Length - length < 8192) Array.Resize(ref buffer, buffer.Length * 2);
            var count = ReadSome(file, buffer.AsSpan(length));
            // /dev/kmsg: the record was overwritten before it was read; the next read goes on behind it.
            if (count == -Overwritten) continue;
            if (count < 0 && length == 0) error = -count;
            if (count <= 0) break;
            length += count;
        }

        return error == 0 ? buffer[..length] : null;
    }

    private static int ReadSome(int file, Span<byte> buffer)
    {
        fixed (byte* start = buffer)
        {
            while (true)
            {
                var count = Read(file, start, (nuint)buffer.Length);
                if (count >= 0) return (int)count;
                var error = Marshal.GetLastPInvokeError();
                if (error != Interrupted) return -error;
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static partial nint Read(int file, byte* buffer, nuint length);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint Write(int file, byte* buffer, nuint length);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int file);

    [LibraryImport("libc", EntryPoint = "readlink", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint ReadLink(string path, byte* buffer, nuint length);

    [LibraryImport("libc", EntryPoint = "faccessat", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int FileAccessAt(int folder, string path, int mode, int flags);
}
