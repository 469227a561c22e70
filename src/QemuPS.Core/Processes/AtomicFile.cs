using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace QemuPS.Processes;

/// <summary>Replaces a file as a whole: whatever happens in between, a reader sees the old content or the new.</summary>
public static partial class AtomicFile
{
    private const int ReadOnlyFolderCloseOnExec = 0x10000 | 0x80000;

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

    /// <summary>Brings the names in a folder to the medium: a rename is on it only then.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.FileSystemError"/></exception>
    public static void FlushFolder(string folder)
    {
        using var handle = Open(folder, ReadOnlyFolderCloseOnExec);
        if (handle.IsInvalid || Flush(handle) != 0) throw QemuException.FromIO($"Cannot write '{folder}' to its medium", new IOException(Marshal.GetLastPInvokeErrorMessage()));
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Flush(SafeFileHandle file);
}
