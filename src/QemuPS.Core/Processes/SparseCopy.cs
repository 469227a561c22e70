namespace QemuPS.Processes;

/// <summary>Copies a file and leaves its holes holes.</summary>
public static class SparseCopy
{
    private const int BlockSize = 1 << 20;

    /// <summary>Copies the content into a new file. Blocks of zeros are not written.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.FileSystemError"/>, <see cref="ErrorId.AccessDenied"/></exception>
    public static async Task CopyAsync(string source, string destination, CancellationToken cancellation)
    {
        try
        {
            using var from = File.OpenHandle(source, options: FileOptions.SequentialScan);
            using var to = File.OpenHandle(destination, FileMode.CreateNew, FileAccess.Write);
            RandomAccess.SetLength(to, RandomAccess.GetLength(from));
            var block = new byte[BlockSize];
            long offset = 0;
            for (int read; (read = await RandomAccess.ReadAsync(from, block, offset, cancellation).ConfigureAwait(false)) > 0; offset += read)
            {
                if (block.AsSpan(0, read).ContainsAnyExcept((byte)0)) await RandomAccess.WriteAsync(to, block.AsMemory(0, read), offset, cancellation).ConfigureAwait(false);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw QemuException.FromIO($"Cannot copy '{source}' to '{destination}'", error);
        }
    }
}
