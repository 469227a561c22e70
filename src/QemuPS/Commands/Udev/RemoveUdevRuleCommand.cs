using System.Management.Automation;
using QemuPS.Binding;
using QemuPS.Devices;
using QemuPS.Processes;
using QemuPS.Udev;

namespace QemuPS.Commands.Udev;

/// <summary><c>Remove-UdevRule</c>: takes rules files away that New-UdevRule wrote, and the access that they gave.</summary>
[Cmdlet(VerbsCommon.Remove, "UdevRule", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
public sealed class RemoveUdevRuleCommand : QemuCommand
{
    private readonly HashSet<string> _done = [];

    /// <summary>The rules files, or rules from Get-UdevRule: the whole file of a rule is taken away.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(RulesFileCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] Path { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var path in Path) ForItem(path, () => Remove(GetUnresolvedProviderPathFromPSPath(path)));
    }

    private void Remove(string path)
    {
        // A file with several rules comes along several times.
        if (!_done.Add(path)) return;
        var root = SysfsRoot.FromEnvironment();
        var removal = UdevRemoval.Of(root, path);
        var nodes = string.Concat(removal.Nodes.Select(node => $"\nTake the access to {node.Path} back"));
        if (!ShouldDo($"Remove {path}{nodes}{string.Concat(removal.Commands.Select(command => $"\nRun: {ShellQuoting.Bash(command)}"))}")) return;
        Await((_, cancellation) => UdevApply.RemoveAsync(root, removal, cancellation));
    }
}
