using System.Management.Automation.Runspaces;

namespace QemuPS.Shell.CommandLine;

/// <summary>What the command line asks for.</summary>
internal sealed record ShellOptions
{
    public string? Command { get; init; }

    public string? File { get; init; }

    public IReadOnlyList<CommandParameter> Arguments { get; init; } = [];

    public string? WorkingDirectory { get; init; }

    /// <summary><c>-Command -</c> or <c>-File -</c>: the commands themselves come from standard input.</summary>
    public bool CommandsFromInput { get; init; }

    public bool NoPrompt { get; init; }

    public bool NoExit { get; init; }

    public bool NoLogo { get; init; }

    public bool NonInteractive { get; init; }

    public bool ShowVersion { get; init; }

    public bool ShowUsage { get; init; }

    /// <summary>The shell reads commands in a loop, at once or after the command or script.</summary>
    public bool IsLoop => NoExit || (Command is null && File is null);
}
