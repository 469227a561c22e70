namespace QemuPS.Processes;

/// <summary>Replaces a file as a whole: whatever happens in between, a reader sees the old content or the new.</summary>
public static class AtomicFile
{
    /// <summary>Writes the content to a temporary file beside the target, to the medium, and renames it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="content">What it shall have in it.</param>
    /// <param name="mode">Who may do what with it, where that is not left to the process's umask.</param>
    /// <exception cref="QemuException"><see cref="ErrorId.FileSystemError"/> or <see cref="ErrorId.AccessDenied"/>; the old content is untouched.</exception>
    public static void Write(string path, ReadOnlySpan<byte> content, UnixFileMode? mode = null)
    {
        var partial = $"{path}.{Guid.NewGuid():N}.partial";
        try
        {
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None, BufferSize = 0, UnixCreateMode = mode };
            using (var file = new FileStream(partial, options))
            {
                file.Write(content);
                file.Flush(flushToDisk: true);
            }

            File.Move(partial, path, overwrite: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            if (File.Exists(partial)) File.Delete(partial);
            throw QemuException.FromIO($"Cannot write '{path}'", error);
        }
    }
}
