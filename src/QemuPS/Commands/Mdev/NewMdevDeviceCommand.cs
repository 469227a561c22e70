using System.Management.Automation;
using QemuPS.Binding;
using QemuPS.Devices;
using QemuPS.Devices.Mdev;
using QemuPS.Udev;

namespace QemuPS.Commands.Mdev;

/// <summary><c>New-MdevDevice</c>: makes a device of a part of another.</summary>
[Cmdlet(VerbsCommon.New, "MdevDevice", SupportsShouldProcess = true)]
[OutputType(typeof(MdevDevice))]
public sealed class NewMdevDeviceCommand : QemuCommand
{
    private SysfsRoot? _root;

    /// <summary>The type, from Get-MdevType.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [MdevTypeTransformation]
    [ValidateNotNull]
    public MdevType[] Type { get; set; } = [];

    /// <summary>Its UUID; a new one without it. One that is defined for this type is made as it was defined.</summary>
    [Parameter]
    public Guid? Uuid { get; set; }

    /// <summary>mdevctl's files get it, so that it can be made again.</summary>
    [Parameter]
    public SwitchParameter Persist { get; set; }

    /// <summary>mdevctl makes it whenever its parent appears, at every start of the host for instance. Implies -Persist.</summary>
    [Parameter]
    public SwitchParameter AutoStart { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing() => ForItem(SysfsRoot.Variable, () => _root = SysfsRoot.FromEnvironment());

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (_root is null) return;
        foreach (var type in Type) ForItem(type, () => Make(_root, type));
    }

    private void Make(SysfsRoot root, MdevType type)
    {
        var kept = AutoStart ? ", and keep it to be made whenever its parent appears" : Persist ? ", and keep its definition" : "";
        var what = type.Framework == MdevFramework.VendorVfio ? $"Make a virtual function of {type.Parent} a '{type.Name}'" : $"Make a '{type.Id}' of {type.Parent}{(Uuid is { } uuid ? $" with the UUID {uuid}" : "")}";
        if (!ShouldDo(what + kept)) return;
        var change = new MdevChange(root, KernelWriter.For(root));
        WriteObject(Await((_, cancellation) => change.CreateAsync(type, Uuid, Persist, AutoStart, cancellation)));
        if (AutoStart && MdevctlRule.FindObstacle(root) is { } obstacle) WriteWarning(obstacle);
    }
}
