using QemuPS.Processes;

namespace QemuPS.Disks;

/// <summary>
/// The <c>qemu-img</c> program (https://www.qemu.org/docs/master/tools/qemu-img.html). Paths given to it are full
/// paths, so that no part of a name is taken for a protocol or an option.
/// </summary>
public sealed class QemuImg(Tool tool)
{
    // To choose the work factor of a new passphrase QEMU measures a few milliseconds of its own CPU time, and gives up where
    // the kernel's clock for that did not move meanwhile (crypto/pbkdf.c). Nothing is wrong, and the next try mostly succeeds.
    private const string CoarseClock = "Unable to get accurate CPU usage";
    private const int ClockAttempts = 10;

    private static readonly TimeSpan InfoTimeout = TimeSpan.FromSeconds(60);

    /// <summary>Finds the program.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.ToolNotFound"/></exception>
    public static QemuImg Find() => new(Tool.Find("qemu-img"));

    /// <summary>Describes an image, also one that is in use.</summary>
    /// <param name="name">The image's full path, or a name with a protocol.</param>
    /// <param name="format">The format by QEMU's name; null to have it probed.</param>
    /// <param name="cancellation">Stops the tool.</param>
    /// <exception cref="QemuException"><see cref="ErrorId.DiskNotFound"/>, <see cref="ErrorId.DiskInvalid"/>, <see cref="ErrorId.AccessDenied"/></exception>
    public async Task<QemuDisk> InfoAsync(string name, string? format, CancellationToken cancellation)
    {
        if (!ImageName.HasProtocol(name)) DiskFile.RequireFile(name);
        // -U: reading what an image is must work while a machine has it open.
        string[] arguments = format is null ? ["info", "--output=json", "-U", name] : ["info", "--output=json", "-U", "-f", format, name];
        var result = await tool.RunAsync(arguments, InfoTimeout, cancellation).ConfigureAwait(false);
        return result.ExitCode == 0 ? DiskInfo.Parse(name, result.StandardOutput) : throw QemuImgFailure.From(result, name, ErrorId.DiskInvalid);
    }

    /// <summary>Runs a subcommand to its end, however long it takes.</summary>
    /// <param name="arguments">The subcommand and its arguments.</param>
    /// <param name="cancellation">Kills it.</param>
    internal Task<ToolResult> RunAsync(IReadOnlyList<string> arguments, CancellationToken cancellation) =>
        RunAsync(arguments, null, cancellation);

    /// <summary>Runs a subcommand to its end; it must end well.</summary>
    /// <param name="arguments">The subcommand and its arguments.</param>
    /// <param name="path">The image it is about.</param>
    /// <param name="cancellation">Kills it.</param>
    /// <exception cref="QemuException">What <see cref="QemuImgFailure"/> makes of its words.</exception>
    internal async Task<ToolResult> RequireAsync(IReadOnlyList<string> arguments, string path, CancellationToken cancellation)
    {
        var result = await RunAsync(arguments, cancellation).ConfigureAwait(false);
        return result.ExitCode == 0 ? result : throw QemuImgFailure.From(result, path, ErrorId.ToolFailed);
    }

    /// <summary>Runs a subcommand that tells its progress with <c>-p</c>.</summary>
    /// <param name="arguments">The subcommand and its arguments, <c>-p</c> among them.</param>
    /// <param name="activity">What is done, for the progress bar.</param>
    /// <param name="feedback">Hears of the progress.</param>
    /// <param name="cancellation">Kills it.</param>
    internal async Task<ToolResult> RunAsync(IReadOnlyList<string> arguments, string activity, IFeedback feedback, CancellationToken cancellation)
    {
        var meter = new ProgressMeter(activity, feedback);
        try
        {
            return await RunAsync(arguments, meter.Read, cancellation).ConfigureAwait(false);
        }
        finally
        {
            meter.End();
        }
    }

    /// <summary>A command of the program as a person would type it.</summary>
    /// <param name="arguments">The subcommand and its arguments.</param>
    internal string Describe(IEnumerable<string> arguments) => ShellQuoting.Bash([tool.Name, .. arguments]);

    private async Task<ToolResult> RunAsync(IReadOnlyList<string> arguments, Action<string>? outputLine, CancellationToken cancellation)
    {
        for (var attempt = 1; ; attempt++)
        {
            var result = await tool.RunAsync(arguments, Timeout.InfiniteTimeSpan, cancellation, outputLine: outputLine).ConfigureAwait(false);
            if (attempt == ClockAttempts || !result.StandardError.Contains(CoarseClock, StringComparison.Ordinal)) return result;
        }
    }
}
