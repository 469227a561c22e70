using System.Globalization;
using QemuPS.Processes;

namespace QemuPS.Machines;

/// <summary>Opens a viewer on a machine's display.</summary>
public static class MachineViewer
{
    // In the order of preference; each with how it wants to be told where to look.
    private static readonly (string Program, string Schemes, Func<Uri, string> Argument)[] Known =
    [
        ("remote-viewer", "vnc spice", uri => uri.OriginalString),
        ("vncviewer", "vnc", VncViewerArgument),
        ("xtigervncviewer", "vnc", VncViewerArgument),
        ("gvncviewer", "vnc", VncViewerArgument),
        ("spicy", "spice", uri => $"--uri={uri.OriginalString}"),
    ];

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>The command that shows the machine's display.</summary>
    /// <param name="machine">The running machine.</param>
    /// <param name="displayUri">Where its display is; null where it has none.</param>
    /// <param name="viewer">The viewer's program; null for the first known one that is installed.</param>
    /// <exception cref="QemuException"><see cref="ErrorId.NotSupported"/> without a display or a desktop, <see cref="ErrorId.ToolNotFound"/> without a viewer.</exception>
    public static IReadOnlyList<string> Plan(Machine machine, string? displayUri, string? viewer)
    {
        if (displayUri is null)
        {
            throw new QemuException(
                ErrorId.NotSupported,
                $"The machine '{machine.Name}' has no display that a viewer could show.",
                $"Save-QemuVmScreenshot '{machine.Name}' ./screen.png; a machine made with -Display Vnc has one.");
        }

        var uri = new Uri(displayUri);
        return viewer is null ? PlanKnown(uri) : [Tool.Find(viewer).Path, ArgumentFor(Path.GetFileName(viewer), uri)];
    }

    /// <summary>Starts the viewer. It lives on when the shell ends.</summary>
    public static async Task StartAsync(IReadOnlyList<string> command, CancellationToken cancellation)
    {
        // In a session of its own, and without the pipes to this process that it would be waited for with.
        string[] arguments = ["--fork", "sh", "-c", "exec \"$0\" \"$@\" </dev/null >/dev/null 2>&1", .. command];
        var result = await Tool.Find("setsid").RunAsync(arguments, Patience, cancellation).ConfigureAwait(false);
        if (result.ExitCode != 0) throw result.ToException(ErrorId.ToolFailed);
    }

    private static IReadOnlyList<string> PlanKnown(Uri uri)
    {
        if (Environment.GetEnvironmentVariable("DISPLAY") is not { Length: > 0 } && Environment.GetEnvironmentVariable("WAYLAND_DISPLAY") is not { Length: > 0 })
        {
            throw new QemuException(ErrorId.NotSupported, $"There is no desktop here for a viewer. The display is at {uri.OriginalString}.");
        }

        var kind = uri.Scheme.StartsWith("spice", StringComparison.Ordinal) ? "spice" : "vnc";
        foreach (var (program, schemes, argument) in Known.Where(known => known.Schemes.Contains(kind, StringComparison.Ordinal)))
        {
            if (Tool.TryFind(program) is { } tool) return [tool.Path, argument(uri)];
        }

        throw new QemuException(ErrorId.ToolNotFound, $"No viewer is installed. The display is at {uri.OriginalString}.", "sudo apt-get install virt-viewer");
    }

    private static string ArgumentFor(string program, Uri uri) =>
        Known.FirstOrDefault(known => known.Program == program) is { Argument: { } argument } ? argument(uri) : uri.OriginalString;

    // A socket by its path; a port by two colons, for one means a display's number (vncviewer(1)).
    private static string VncViewerArgument(Uri uri) =>
        uri.Scheme.EndsWith("+unix", StringComparison.Ordinal) ? uri.LocalPath : string.Create(CultureInfo.InvariantCulture, $"{uri.Host}::{uri.Port}");
}
