namespace QemuPS.Processes;

/// <summary>Replaces a file as a whole: whatever happens in between, a reader sees the old content or the new.</summary>
public static class AtomicFile
{
    /// <summary>Writes the content to a temporary file beside the target, to the medium, and renames it.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.FileSystemError"/> or <see cref="ErrorId.AccessDenied"/>; the old content is untouched.</exception>
    public static void Write(string path, ReadOnlySpan<byte> content)
    {
        var partial = $"{path}.{Guid.NewGuid():N}.partial";
        try
        {
            using (var file = new FileStream(partial, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0))
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
