using System.Management.Automation;
using QemuPS.Binding;
using QemuPS.Devices;
using QemuPS.Devices.Mdev;
using QemuPS.Machines;

namespace QemuPS.Commands.Mdev;

/// <summary><c>Get-MdevDevice</c>: shows mediated devices, and virtual functions with a vendor's type.</summary>
[Cmdlet(VerbsCommon.Get, "MdevDevice", DefaultParameterSetName = "Uuid")]
[OutputType(typeof(MdevDevice))]
public sealed class GetMdevDeviceCommand : QemuCommand
{
    private IReadOnlyList<MdevDevice> _devices = [];

    /// <summary>Their UUIDs.</summary>
    [Parameter(Position = 0, ParameterSetName = "Uuid", ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(MdevCompleter))]
    public Guid[] Uuid { get; set; } = [];

    /// <summary>Types, from Get-MdevType: shows the devices of them.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "Type", ValueFromPipeline = true)]
    [LiveObjectTransformation(typeof(MdevType))]
    [ValidateNotNull]
    public MdevType[] Type { get; set; } = [];

    /// <summary>PCI devices: shows what was made of them.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "Device", ValueFromPipeline = true)]
    [LiveObjectTransformation(typeof(PciDevice))]
    [ValidateNotNull]
    public PciDevice[] Device { get; set; } = [];

    /// <summary>Shows those that mdevctl's files have, whether they exist now or not.</summary>
    [Parameter]
    public SwitchParameter Defined { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing() => ForItem(SysfsRoot.Variable, () => _devices = MachinePci.WithMachines(MdevDevices.Read(SysfsRoot.FromEnvironment()), VmStore.Open()));

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        switch (ParameterSetName)
        {
            case "Type":
                Write(_devices.Where(device => Type.Any(type => type.Parent == device.Parent && type.Id == device.Type)));
                break;
            case "Device":
                Write(_devices.Where(device => Device.Any(parent => parent.Address == device.Parent || parent.Address == device.Address)));
                break;
            default:
                if (Uuid.Length == 0) Write(_devices);
                foreach (var uuid in Uuid) ForItem(uuid, () => Write([Named(uuid)]));
                break;
        }
    }

    private MdevDevice Named(Guid uuid) => _devices.FirstOrDefault(device => device.Uuid == uuid)
        ?? throw new QemuException(ErrorId.MdevDeviceNotFound, $"There is no mediated device {uuid}.", "Get-MdevDevice");

    private void Write(IEnumerable<MdevDevice> devices) => WriteObject(devices.Where(device => !Defined || device.IsDefined), enumerateCollection: true);
}
