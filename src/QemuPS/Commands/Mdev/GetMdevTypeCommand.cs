using System.Management.Automation;
using QemuPS.Binding;
using QemuPS.Devices;
using QemuPS.Devices.Mdev;

namespace QemuPS.Commands.Mdev;

/// <summary><c>Get-MdevType</c>: shows of which parts of devices devices of their own can be made.</summary>
[Cmdlet(VerbsCommon.Get, "MdevType")]
[OutputType(typeof(MdevType))]
public sealed class GetMdevTypeCommand : QemuCommand
{
    private IReadOnlyList<MdevType> _types = [];

    /// <summary>The parents: PCI devices, addresses, or the kernel's names of other devices; wildcards are resolved.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("Address")]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(MdevCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] Parent { get; set; } = [];

    /// <summary>The types' names or ids; wildcards are resolved.</summary>
    [Parameter]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(MdevCompleter))]
    [ValidateNotNullOrEmpty]
    public string[]? Name { get; set; }

    /// <summary>Shows those of which another one can be made now.</summary>
    [Parameter]
    public SwitchParameter Available { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing() => ForItem(SysfsRoot.Variable, () => _types = MdevTypes.Read(SysfsRoot.FromEnvironment()));

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (Parent.Length == 0) Write(_types);
        foreach (var parent in Parent)
        {
            var pattern = WildcardPattern.Get(parent, WildcardOptions.IgnoreCase);
            Write(_types.Where(type => pattern.IsMatch(type.Parent) || type.Parent == "0000:" + parent));
        }
    }

    private void Write(IEnumerable<MdevType> types) => WriteObject(types.Where(IsWanted), enumerateCollection: true);

    private bool IsWanted(MdevType type) =>
        (!Available || type.AvailableInstances > 0)
        && (Name is null || Name.Any(name => WildcardPattern.Get(name, WildcardOptions.IgnoreCase) is var pattern && (pattern.IsMatch(type.Name) || pattern.IsMatch(type.Id))));
}
