using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace QemuPS.Processes;

/// <summary>What the runtime does not tell of a file: whose it is and which one it is (statx(2)).</summary>
/// <param name="UserId">The owner.</param>
/// <param name="Inode">The file's number on its file system.</param>
/// <param name="Device">The file system's number.</param>
public readonly partial record struct FileStatus(uint UserId, ulong Inode, ulong Device)
{
    private const int WorkingFolder = -100;
    private const int DoNotFollow = 0x100;
    private const int EmptyPath = 0x1000;
    private const uint BasicMask = 0x7ff;

    /// <summary>The user this process acts as.</summary>
    public static uint CurrentUserId { get; } = GetEffectiveUserId();

    /// <summary>Of a path; of a link itself, not of what it points to. Null where there is nothing.</summary>
    public static FileStatus? Find(string path) =>
        StatX(WorkingFolder, path, DoNotFollow, BasicMask, out var status) == 0 ? From(status) : null;

    /// <summary>Of an open file.</summary>
    public static FileStatus Of(SafeFileHandle file)
    {
        ArgumentNullException.ThrowIfNull(file);
        return StatX(file, "", EmptyPath, BasicMask, out var status) == 0
            ? From(status)
            : throw new IOException(Marshal.GetLastPInvokeErrorMessage());
    }

    private static FileStatus From(in Statx status) =>
        new(status.UserId, status.Inode, ((ulong)status.DeviceMajor << 32) | status.DeviceMinor);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatX(int folder, string path, int flags, uint mask, out Statx status);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatX(SafeFileHandle folder, string path, int flags, uint mask, out Statx status);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint GetEffectiveUserId();

    // struct statx of <linux/stat.h>; the same on every architecture.
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct Statx
    {
        [FieldOffset(20)]
        public uint UserId;

        [FieldOffset(32)]
        public ulong Inode;

        [FieldOffset(136)]
        public uint DeviceMajor;

        [FieldOffset(140)]
        public uint DeviceMinor;
    }
}
