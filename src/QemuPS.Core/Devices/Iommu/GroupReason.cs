using QemuPS.Devices.Pci;

namespace QemuPS.Devices.Iommu;

/// <summary>
/// Explains why the kernel put devices into one group (drivers/iommu/iommu.c, pci_device_group): a bridge on the way
/// up that lets them reach one another without passing the IOMMU, or functions of one device that may do so.
/// It explains and recommends nothing: the kernel patch that pretends ACS takes the protection away with the group.
/// </summary>
internal sealed class GroupReason(SysfsRoot root, IommuGroup group)
{
    private readonly Dictionary<string, PciDevice> _byAddress = group.Devices.ToDictionary(device => device.Address);

    public string Explain() => string.Join(' ', Together().Concat(Blocked()));

    private List<string> Together()
    {
        if (group.Devices.Count + group.OtherDevices.Count < 2) return ["It has one device."];
        var reasons = Merging().Select(Describe).Concat(Functions()).ToList();
        return reasons.Count > 0 ? reasons : ["The configuration spaces do not tell why: the devices share an address for DMA, or the kernel knows them not to be separate."];
    }

    // The bridges that have something of the group behind them.
    private IEnumerable<PciDevice> Merging() =>
        group.Devices.Where(bridge => bridge.IsBridge && group.Devices.Any(device => device.ParentAddress == bridge.Address));

    private string Describe(PciDevice bridge)
    {
        var config = PciConfigSpace.Read(root, bridge);
        return config switch
        {
            null or { HasCapabilities: false } => $"{bridge} is a bridge with devices of the group behind it; whether it has ACS can be read by root only.",
            { PortType: null or PciPortType.BridgeToPci or PciPortType.BridgeToExpress } => $"{bridge} is a bridge to conventional PCI: the IOMMU sees all that is behind it as one device.",
            _ => config.AccessControl switch
            {
                PciAccessControl.Missing => $"{Port(config)} {bridge} has no ACS (Access Control Services): what is behind it can reach it and one another without passing the IOMMU.",
                PciAccessControl.Disabled => $"{Port(config)} {bridge} has ACS, and the kernel has not turned it on fully.",
                PciAccessControl.Unreadable => $"{Port(config)} {bridge} has devices of the group behind it; whether it has ACS can be read by root only.",
                _ => $"{Port(config)} {bridge} has ACS and it is on: a bridge above it, or another function beside it, merges the group.",
            },
        };
    }

    private static string Port(PciConfigSpace config) => config.PortType switch
    {
        PciPortType.RootPort => "The root port",
        PciPortType.DownstreamPort => "The switch's downstream port",
        PciPortType.UpstreamPort => "The switch's upstream port",
        _ => "The bridge",
    };

    // Functions of one device, unless what is above has merged them already.
    private IEnumerable<string> Functions()
    {
        var devices = group.Devices.Where(device => device.ParentAddress is null || !_byAddress.ContainsKey(device.ParentAddress));
        foreach (var functions in devices.GroupBy(device => device.Address[..device.Address.LastIndexOf('.')]).Where(functions => functions.Skip(1).Any()))
        {
            var configs = functions.Select(device => PciConfigSpace.Read(root, device)).ToList();
            var how = configs switch
            {
                _ when configs.Exists(config => config is not null && config.HasCapabilities && config.AccessControl == PciAccessControl.Missing) => "some without ACS: they may reach one another inside of it",
                _ when configs.TrueForAll(config => config is { HasCapabilities: true, AccessControl: PciAccessControl.Enabled }) => "all with ACS",
                _ => "which may reach one another inside of it; whether they have ACS can be read by root only",
            };
            yield return $"{string.Join(", ", functions.Select(device => device.Address))} are functions of one device, {how}.";
        }
    }

    private IEnumerable<string> Blocked()
    {
        if (group.BlockingDevices.Count > 0)
        {
            var drivers = group.BlockingDevices.Select(device => $"{device.Address} has the driver {device.Driver}");
            yield return $"It is not viable: {string.Join(", ", drivers)}.";
        }

        if (group.OtherBlockingDevices.Count > 0) yield return $"It is not viable: {string.Join(", ", group.OtherBlockingDevices)} have drivers of the host.";
        foreach (var device in group.Devices.Where(device => device.HostUse.Count > 0))
        {
            yield return $"The host uses {device.Address} for {string.Join(" and ", device.HostUse)}.";
        }
    }
}
