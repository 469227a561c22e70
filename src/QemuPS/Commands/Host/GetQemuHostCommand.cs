using System.Management.Automation;
using QemuPS.Binding;
using QemuPS.Devices;
using QemuPS.Host;
using QemuPS.Machines;

namespace QemuPS.Commands.Host;

/// <summary><c>Get-QemuHost</c>: shows what this host can run machines with.</summary>
[Cmdlet(VerbsCommon.Get, "QemuHost")]
[OutputType(typeof(QemuHost))]
public sealed class GetQemuHostCommand : QemuCommand
{
    /// <summary>The architectures to show, as QEMU calls them; wildcards are resolved. The host's own without it.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(ArchitectureCompleter))]
    public string[] Architecture { get; set; } = [Emulators.OwnArchitecture];

    /// <summary>Adds QEMU's whole QMP schema.</summary>
    [Parameter]
    public SwitchParameter Schema { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var pattern in Architecture)
        {
            foreach (var architecture in Resolve(pattern)) ForItem(architecture, () => Show(architecture));
        }
    }

    private static IEnumerable<string> Resolve(string pattern)
    {
        if (!WildcardPattern.ContainsWildcardCharacters(pattern)) return [pattern];
        var wildcard = WildcardPattern.Get(pattern, WildcardOptions.IgnoreCase);
        return Emulators.Installed().Select(binary => binary.Architecture).Where(wildcard.IsMatch);
    }

    private void Show(string architecture)
    {
        var host = Await((feedback, cancellation) => HostReader.ReadAsync(SysfsRoot.FromEnvironment(), architecture, Schema, feedback, cancellation));
        WriteObject(host with { StorePath = VmStore.Open().Root, RuntimePath = RuntimeFolder.RootPath() });
    }
}
