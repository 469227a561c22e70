using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace QemuPS.Processes;

/// <summary>What the runtime does not tell of a file: whose it is and which one it is (statx(2)).</summary>
/// <param name="UserId">The owner.</param>
/// <param name="Inode">The file's number on its file system.</param>
/// <param name="Device">The file system's number.</param>
/// <param name="Type">What it is.</param>
/// <param name="Length">Its length in bytes.</param>
/// <param name="AllocatedBytes">The space it takes on its file system, in bytes.</param>
/// <param name="GroupId">The group it belongs to.</param>
/// <param name="Mode">Who may do what with it (the permission bits of inode(7)).</param>
public readonly partial record struct FileStatus(uint UserId, ulong Inode, ulong Device, FileType Type, long Length, long AllocatedBytes, uint GroupId, UnixFileMode Mode)
{
    private const int WorkingFolder = -100;
    private const int DoNotFollow = 0x100;
    private const int EmptyPath = 0x1000;
    private const uint BasicMask = 0x7ff;
    private const int TypeMask = 0xf000;
    private const int ModeMask = 0xfff;
    // st_blocks counts in units of 512 bytes, whatever the file system's blocks are (stat(3type)).
    private const int BlockSize = 512;

    /// <summary>The user this process acts as.</summary>
    public static uint CurrentUserId { get; } = GetEffectiveUserId();

    /// <summary>Of a path; of a link itself, not of what it points to. Null where there is nothing.</summary>
    public static FileStatus? Find(string path) =>
        StatX(WorkingFolder, path, DoNotFollow, BasicMask, out var status) == 0 ? From(status) : null;

    /// <summary>Of what a path leads to, links followed.</summary>
    /// <exception cref="IOException">There is nothing, or it may not be seen; the kernel's error number is its HResult.</exception>
    public static FileStatus OfTarget(string path) =>
        StatX(WorkingFolder, path, 0, BasicMask, out var status) == 0
            ? From(status)
            : throw new IOException(Marshal.GetLastPInvokeErrorMessage(), Marshal.GetLastPInvokeError());

    /// <summary>Of an open file.</summary>
    public static FileStatus Of(SafeFileHandle file)
    {
        ArgumentNullException.ThrowIfNull(file);
        return StatX(file, "", EmptyPath, BasicMask, out var status) == 0
            ? From(status)
            : throw new IOException(Marshal.GetLastPInvokeErrorMessage());
    }

    /// <summary>Whether two paths lead to one file, by links or other names of it.</summary>
    public static bool AreSame(string one, string other) =>
        one == other || (File.Exists(one) && File.Exists(other) && OfTarget(one) is var first && OfTarget(other) is var second && first.Inode == second.Inode && first.Device == second.Device);

    private static FileStatus From(in Statx status) =>
        new(
            status.UserId,
            status.Inode,
            ((ulong)status.DeviceMajor << 32) | status.DeviceMinor,
            (FileType)(status.Mode & TypeMask),
            (long)status.Size,
            (long)status.Blocks * BlockSize,
            status.GroupId,
            (UnixFileMode)(status.Mode & ModeMask));

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

        [FieldOffset(24)]
        public uint GroupId;

        [FieldOffset(28)]
        public ushort Mode;

        [FieldOffset(32)]
        public ulong Inode;

        [FieldOffset(40)]
        public ulong Size;

        [FieldOffset(48)]
        public ulong Blocks;

        [FieldOffset(136)]
        public uint DeviceMajor;

        [FieldOffset(140)]
        public uint DeviceMinor;
    }
}

/// <summary>What a name in the file system stands for (S_IFMT of inode(7)).</summary>
public enum FileType
{
    /// <summary>Not known.</summary>
    Unknown = 0,
    /// <summary>A named pipe.</summary>
    Pipe = 0x1000,
    /// <summary>A character device.</summary>
    CharacterDevice = 0x2000,
    /// <summary>A folder.</summary>
    Folder = 0x4000,
    /// <summary>A block device.</summary>
    BlockDevice = 0x6000,
    /// <summary>A file with content.</summary>
    Regular = 0x8000,
    /// <summary>A symbolic link.</summary>
    Link = 0xa000,
    /// <summary>A socket.</summary>
    Socket = 0xc000,
}
