using QemuPS.Processes;

namespace QemuPS.Devices.Pci;

/// <summary>Devices that get another driver together: all of them, or none.</summary>
public sealed class PciDriverPlan
{
    private PciDriverPlan(IReadOnlyList<PciDevice> all, PciDriverRequest request)
    {
        All = all;
        Devices = [.. all.Where(device => !IsDone(device, request.Driver))];
        Request = request;
    }

    /// <summary>All devices that were meant, those that have the driver already included.</summary>
    public IReadOnlyList<PciDevice> All { get; }

    /// <summary>The devices whose driver or override has to change.</summary>
    public IReadOnlyList<PciDevice> Devices { get; }

    /// <summary>What is asked for.</summary>
    public PciDriverRequest Request { get; }

    /// <summary>The commands that do the same in a shell.</summary>
    public IReadOnlyList<string> Commands => [.. Devices.SelectMany(CommandsFor)];

    /// <summary>What a user has to know before it is done: devices that do not come back well from a machine.</summary>
    public IEnumerable<string> Warnings => PciDrivers.IsVfio(Request.Driver) ? Devices.Select(ResetWarning).OfType<string>() : [];

    /// <summary>Plans a change: devices of one group are one plan.</summary>
    /// <param name="root">The host.</param>
    /// <param name="devices">The devices.</param>
    /// <param name="request">What is asked for.</param>
    /// <exception cref="QemuException"><see cref="ErrorId.PciDeviceIsBridge"/>, <see cref="ErrorId.PciDeviceInUse"/> with the reason, <see cref="ErrorId.InvalidOption"/>.</exception>
    public static PciDriverPlan Make(SysfsRoot root, IReadOnlyList<PciDevice> devices, PciDriverRequest request)
    {
        ArgumentNullException.ThrowIfNull(root);
        ArgumentNullException.ThrowIfNull(devices);
        ArgumentNullException.ThrowIfNull(request);
        // A device object may be old: what counts is how it stands now.
        var all = PciDevices.Read(root);
        var wanted = devices.Select(device => PciDevices.At(all, device.Address) ?? throw PciDevices.NotFound(device.Address)).ToList();
        if (request.WholeGroup) wanted = [.. wanted, .. wanted.SelectMany(device => Siblings(device, all))];
        wanted = wanted.DistinctBy(device => device.Address).ToList();
        foreach (var device in wanted) Require(device, request);
        return new PciDriverPlan(wanted, request);
    }

    /// <summary>Throws where a device may not be taken away from the host.</summary>
    internal static void Require(PciDevice device, PciDriverRequest request)
    {
        if (device.Class == PciClass.Bridge) throw new QemuException(ErrorId.PciDeviceIsBridge, $"{device} is a bridge, and stays with the host. VFIO does not mind it in a group.");
        if (IsDone(device, request.Driver)) return;
        if (device.HostUse.FirstOrDefault(use => use.Kind == PciHostUseKind.VfioClient) is { } client)
        {
            // The kernel would wait, uninterruptibly, until the machine has let go of it.
            throw new QemuException(ErrorId.PciDeviceInUse, $"{device} is {client}: the machine has to let go of it first.", "Stop-QemuVm, or Remove-VmPciPassthrough");
        }

        if (device.HostUse.Count == 0 || request.Force) return;
        throw new QemuException(ErrorId.PciDeviceInUse, $"The host uses {device} for {string.Join(" and ", device.HostUse)}.", "-Force takes it away all the same.");
    }

    private static bool IsDone(PciDevice device, string? driver) => driver is null
        ? device.DriverOverride is null && !PciDrivers.IsPlaceholder(device.Driver) && device.Driver is not null
        : device.Driver == driver && device.DriverOverride == driver;

    private static IEnumerable<PciDevice> Siblings(PciDevice device, IReadOnlyList<PciDevice> all)
    {
        if (device.IommuGroup is null) throw new QemuException(ErrorId.InvalidOption, $"{device} is in no IOMMU group.", "Test-IommuEnabled -Detailed");
        return all.Where(other => other.IommuGroup == device.IommuGroup && other.Class != PciClass.Bridge);
    }

    private IEnumerable<string> CommandsFor(PciDevice device)
    {
        yield return Echo(Request.Driver ?? "", $"{device.SysfsPath}/driver_override");
        if (device.Driver == Request.Driver && device.Driver is not null) yield break;
        if (Request.Driver is null && device.Driver is not null && !PciDrivers.IsPlaceholder(device.Driver)) yield break;
        if (device.Driver is { } driver) yield return Echo(device.Address, $"/sys/bus/pci/drivers/{driver}/unbind");
        yield return Echo(device.Address, PciDriverChange.Probe);
    }

    private static string Echo(string text, string path) => $"echo {ShellQuoting.Bash(text)} > {ShellQuoting.Bash(path)}";

    private static string? ResetWarning(PciDevice device) => device.ResetMethods switch
    {
        [] => $"{device} has no way to be reset: after one machine has used it, it may not work in the next one before the host is restarted.",
        ["bus"] => $"{device} can be reset only together with its whole bus: what is beside it on that bus has to be given away too, or it is not reset at all.",
        _ => null,
    };
}
