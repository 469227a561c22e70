using System.Management.Automation;
using QemuPS.Binding;
using QemuPS.Devices;
using QemuPS.Devices.Mdev;

namespace QemuPS.Commands.Mdev;

/// <summary><c>Remove-MdevDevice</c>: removes mediated devices, and takes a vendor's type from virtual functions.</summary>
[Cmdlet(VerbsCommon.Remove, "MdevDevice", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
public sealed class RemoveMdevDeviceCommand : QemuCommand
{
    private SysfsRoot? _root;

    /// <summary>The devices: objects, or UUIDs.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [MdevDeviceTransformation]
    [ArgumentCompleter(typeof(MdevCompleter))]
    [ValidateNotNull]
    public MdevDevice[] Device { get; set; } = [];

    /// <summary>mdevctl's files lose it as well. Without it a defined device can be made again.</summary>
    [Parameter]
    public SwitchParameter Persist { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing() => ForItem(SysfsRoot.Variable, () => _root = SysfsRoot.FromEnvironment());

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (_root is null) return;
        foreach (var device in Device) ForItem(device, () => Remove(_root, device));
    }

    private void Remove(SysfsRoot root, MdevDevice device)
    {
        if (!ShouldDo($"Remove {device}{(Persist ? " and its definition" : "")}")) return;
        var change = new MdevChange(root, KernelWriter.For(root));
        Await((_, cancellation) => change.RemoveAsync(device, Persist, cancellation));
    }
}
