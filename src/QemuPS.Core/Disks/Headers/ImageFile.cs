using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Microsoft.Win32.SafeHandles;
using QemuPS.Processes;

namespace QemuPS.Disks.Headers;

/// <summary>
/// An image file open for reading its headers. What lies beyond the end of the file reads as zeros, as QEMU's block
/// layer has it; small reads are served from a window of one page, so that a header costs one read of the file.
/// </summary>
internal sealed class ImageFile : IDisposable
{
    private const int WindowSize = 4096;
    // QEMU refuses requests that end beyond it (include/block/block-common.h, BDRV_MAX_LENGTH).
    private const ulong EndOfRequests = long.MaxValue & ~((1UL << 30) - 1);
    private const int NoEntry = 2;
    private const int NotPermitted = 1;
    private const int AccessDenied = 13;
    private const int NotAFolder = 20;

    private readonly byte[] _window = ArrayPool<byte>.Shared.Rent(WindowSize);
    private long _windowStart = -WindowSize;

    private ImageFile(string path, SafeFileHandle handle, FileStatus status)
    {
        Path = path;
        Handle = handle;
        Status = status;
    }

    /// <summary>The path it was opened by.</summary>
    public string Path { get; }

    /// <summary>The file.</summary>
    public SafeFileHandle Handle { get; }

    /// <summary>What the file system says of it.</summary>
    public FileStatus Status { get; }

    /// <summary>Its length as QEMU counts it, in whole sectors.</summary>
    public ulong Length => ((ulong)Status.Length + 511) & ~511UL;

    /// <summary>Opens an image, or only says what is there when that is no regular file.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.DiskNotFound"/>, <see cref="ErrorId.AccessDenied"/>, <see cref="ErrorId.FileSystemError"/></exception>
    public static ImageFile? Open(string path, out FileStatus status)
    {
        try
        {
            return RegularFile.Open(path, out status) is { } handle ? new ImageFile(path, handle, status) : null;
        }
        catch (IOException error)
        {
            throw error.HResult switch
            {
                NoEntry or NotAFolder => new QemuException(ErrorId.DiskNotFound, $"There is no disk image '{path}'."),
                AccessDenied or NotPermitted => new QemuException(ErrorId.AccessDenied, $"You may not read '{path}'."),
                _ => QemuException.FromIO($"Cannot read '{path}'", error),
            };
        }
    }

    /// <summary>Opens a file that an image says its data is in. It must be a file: QEMU would wait for a pipe.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.DiskInvalid"/> and those of <see cref="Open"/>.</exception>
    public static ImageFile OpenPart(string path, string image) =>
        Open(path, out var status) ?? throw (status.Type == FileType.BlockDevice
            ? new HeaderInsufficientException($"a part of it is the block device '{path}'")
            : new QemuException(ErrorId.DiskInvalid, $"'{image}' says that a part of it is '{path}', which is not a file but a {NameOf(status.Type)}."));

    /// <summary>What something that is not a file is called.</summary>
    public static string NameOf(FileType type) => type switch
    {
        FileType.Pipe => "named pipe",
        FileType.CharacterDevice => "character device",
        FileType.BlockDevice => "block device",
        FileType.Folder => "folder",
        FileType.Socket => "socket",
        _ => "special file",
    };

    /// <summary>Fills the buffer from an offset on.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.DiskInvalid"/> when no file can be that long; <see cref="ErrorId.FileSystemError"/></exception>
    public void Read(ulong offset, Span<byte> buffer)
    {
        if (offset > EndOfRequests - (ulong)buffer.Length) throw Damaged($"it refers to the offset {offset}, beyond what a file can have");
        if (buffer.Length > WindowSize)
        {
            Fill((long)offset, buffer);
            return;
        }

        var start = (long)offset - _windowStart;
        if (start < 0 || start + buffer.Length > WindowSize)
        {
            Fill((long)offset, _window.AsSpan(0, WindowSize));
            _windowStart = (long)offset;
            start = 0;
        }

        _window.AsSpan((int)start, buffer.Length).CopyTo(buffer);
    }

    /// <summary>The 32-bit number at an offset, the highest byte first.</summary>
    public uint ReadUInt32BigEndian(ulong offset)
    {
        Span<byte> bytes = stackalloc byte[4];
        Read(offset, bytes);
        return BinaryPrimitives.ReadUInt32BigEndian(bytes);
    }

    /// <summary>The text of a number of bytes, up to the first NUL as C reads it.</summary>
    public string ReadText(ulong offset, int length)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            Read(offset, buffer.AsSpan(0, length));
            return TextOf(buffer.AsSpan(0, length));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>The text up to the first NUL.</summary>
    public static string TextOf(ReadOnlySpan<byte> bytes)
    {
        var end = bytes.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? bytes : bytes[..end]);
    }

    /// <summary>The error of a file that contradicts its format.</summary>
    public QemuException Damaged(string what) => new(ErrorId.DiskInvalid, $"'{Path}' is damaged: {what}.");

    /// <inheritdoc/>
    public void Dispose()
    {
        Handle.Dispose();
        ArrayPool<byte>.Shared.Return(_window);
    }

    private void Fill(long offset, Span<byte> buffer)
    {
        try
        {
            while (buffer.Length > 0 && RandomAccess.Read(Handle, buffer, offset) is > 0 and var count)
            {
                buffer = buffer[count..];
                offset += count;
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw QemuException.FromIO($"Cannot read '{Path}'", error);
        }

        buffer.Clear();
    }
}
