using System.Globalization;
using System.Management.Automation.Host;

namespace QemuPS.Shell.Hosting;

/// <summary>What the engine knows of the program around it.</summary>
internal sealed class ShellHost(ShellSession session, ShellUserInterface ui) : PSHost
{
    private readonly CultureInfo _culture = CultureInfo.CurrentCulture;
    private readonly CultureInfo _uiCulture = CultureInfo.CurrentUICulture;

    /// <summary>
    /// The engine's formatter keeps the last column free for hosts it does not know by name. With pwsh's own
    /// name a table has the same width in both engines.
    /// </summary>
    public override string Name => "ConsoleHost";

    public override Version Version { get; } = typeof(System.Management.Automation.PSObject).Assembly.GetName().Version!;

    public override Guid InstanceId { get; } = Guid.NewGuid();

    public override PSHostUserInterface UI => ui;

    public override CultureInfo CurrentCulture => _culture;

    public override CultureInfo CurrentUICulture => _uiCulture;

    public override void SetShouldExit(int exitCode) => session.RequestExit(exitCode);

    public override void EnterNestedPrompt() => session.RunNestedLoop();

    public override void ExitNestedPrompt() => session.LeaveNestedLoop();

    // A native command inherits the terminal as it is, and .NET restores its settings afterwards.
    public override void NotifyBeginApplication()
    {
    }

    public override void NotifyEndApplication()
    {
    }
}
