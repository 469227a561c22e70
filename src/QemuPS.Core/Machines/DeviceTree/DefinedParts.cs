namespace QemuPS.Machines;

/// <summary>Tells what of a machine's definition a device's id stands for.</summary>
internal sealed class DefinedParts
{
    private readonly Dictionary<string, (QemuVmDevicePart Part, string Id)> _byDevice = new(StringComparer.Ordinal);

    /// <param name="definition">The definition that the machine runs with.</param>
    public DefinedParts(VmDefinition definition)
    {
        foreach (var drive in definition.Drives) Add(QemuVmDevicePart.Disk, drive.Id, drive.Id);
        foreach (var adapter in definition.NetworkAdapters) Add(QemuVmDevicePart.NetworkAdapter, adapter.Id, NetworkArguments.DeviceId(adapter.Id));
        foreach (var device in definition.UsbDevices)
        {
            Add(QemuVmDevicePart.UsbPassthrough, device.Id, device.Id);
            Add(QemuVmDevicePart.UsbPassthrough, device.Id, device.Id + UsbArguments.PeerSuffix);
        }

        foreach (var device in definition.PciDevices) Add(QemuVmDevicePart.PciPassthrough, device.Id, device.Id);
        foreach (var folder in definition.SharedFolders) Add(QemuVmDevicePart.SharedFolder, folder.Id, folder.Id);
    }

    /// <summary>The part, and its name in the definition where it has one.</summary>
    public (QemuVmDevicePart? Part, string? Id) Of(string? deviceId)
    {
        if (deviceId is null) return (null, null);
        if (_byDevice.TryGetValue(deviceId, out var found)) return found;
        return HotplugPorts.IsPort(deviceId) ? (QemuVmDevicePart.HotplugPort, null) : (null, null);
    }

    private void Add(QemuVmDevicePart part, string id, string deviceId) => _byDevice[deviceId] = (part, id);
}
