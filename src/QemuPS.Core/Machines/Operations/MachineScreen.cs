using System.Text.Json.Nodes;
using QemuPS.Processes;

namespace QemuPS.Machines;

/// <summary>Looks at a machine's screen.</summary>
public static class MachineScreen
{
    private static readonly TimeSpan DumpTimeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LookAgainAfter = TimeSpan.FromMilliseconds(200);

    /// <summary>Saves the screen as a picture.</summary>
    /// <param name="machine">The running machine.</param>
    /// <param name="path">The file's full path; it is there complete or not at all, and replaces one that exists.</param>
    /// <param name="format">QEMU's name of the picture format, <c>png</c> or <c>ppm</c>.</param>
    /// <param name="cancellation">Stops the wait.</param>
    /// <exception cref="QemuException"><see cref="ErrorId.DirectoryNotFound"/>, <see cref="ErrorId.VmNotRunning"/>, <see cref="ErrorId.QmpCommandFailed"/> when there is no display or the file cannot be written.</exception>
    public static async Task SaveAsync(Machine machine, string path, string format, CancellationToken cancellation)
    {
        if (Path.GetDirectoryName(path) is { } folder && !Directory.Exists(folder))
        {
            throw new QemuException(ErrorId.DirectoryNotFound, $"The folder '{folder}' does not exist.", $"mkdir -p {ShellQuoting.Bash(folder)}");
        }

        var partial = $"{path}.{Guid.NewGuid():N}.partial";
        try
        {
            await machine.ExecuteAsync("screendump", new JsonObject { ["filename"] = partial, ["format"] = format }, DumpTimeout, cancellation).ConfigureAwait(false);
            File.Move(partial, path, overwrite: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw QemuException.FromIO($"Cannot save the screenshot '{path}'", error);
        }
        finally
        {
            File.Delete(partial);
        }
    }

    /// <summary>Waits until the screen shows something. QEMU has no event for it, so it is looked at five times a second.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.QmpTimeout"/> when it stayed blank.</exception>
    public static async Task WaitForPictureAsync(Machine machine, TimeSpan timeout, CancellationToken cancellation)
    {
        var dump = Path.Combine(machine.Folder.Path, "screen.ppm");
        var end = DateTime.UtcNow + timeout;
        try
        {
            while (true)
            {
                await SaveAsync(machine, dump, "ppm", cancellation).ConfigureAwait(false);
                if (!PpmImage.IsBlank(await File.ReadAllBytesAsync(dump, cancellation).ConfigureAwait(false))) return;
                if (DateTime.UtcNow >= end) throw new QemuException(ErrorId.QmpTimeout, $"The screen of '{machine.Name}' stayed blank for {timeout.TotalSeconds:0} s.");
                await Task.Delay(LookAgainAfter, cancellation).ConfigureAwait(false);
            }
        }
        finally
        {
            File.Delete(dump);
        }
    }
}
