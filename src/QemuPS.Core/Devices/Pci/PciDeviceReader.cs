using System.Globalization;
using QemuPS.Devices.Names;

namespace QemuPS.Devices.Pci;

/// <summary>Reads each PCI device by itself; what depends on the other devices is not its business.</summary>
internal sealed class PciDeviceReader(SysfsRoot root)
{
    private readonly PciNames _names = new(DeviceNames.Pci(root));
    private readonly PciDrivers _drivers = new(root);
    private readonly PciHostUses _uses = new(root);
    private readonly PciSlots _slots = new(root);

    /// <summary>A function's folder as a device; null where it is none, or has gone.</summary>
    public PciDevice? Read(SysfsFolder folder)
    {
        if (PciIdentity.Read(folder) is not { } id) return null;
        var address = Path.GetFileName(folder.Path);
        var total = folder.Number("sriov_totalvfs");
        var isDisplay = id.Class >> 16 == 0x03;
        var parent = folder.Path[..Math.Max(0, folder.Path.Length - address.Length - 1)];
        var code = PciClasses.FromCode(id.Class);
        int? group = int.TryParse(folder.LinkName("iommu_group"), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
        var device = new PciDevice
        {
            Address = address,
            Name = _names.Device(id),
            Vendor = _names.Vendor(id.Vendor),
            VendorId = Hex4(id.Vendor),
            DeviceId = Hex4(id.Device),
            SubsystemVendor = id.HasSubsystem ? _names.Vendor(id.SubsystemVendor) : null,
            Subsystem = id.HasSubsystem ? _names.Subsystem(id) : null,
            SubsystemId = id.HasSubsystem ? $"{Hex4(id.SubsystemVendor)}:{Hex4(id.SubsystemDevice)}" : null,
            Revision = Revision(folder),
            Class = code,
            ClassCode = id.Class.ToString("x6", CultureInfo.InvariantCulture),
            ClassName = _names.Class(id.Class),
            Driver = folder.LinkName("driver"),
            AvailableDrivers = _drivers.For(id),
            DriverOverride = folder.Text("driver_override") is { Length: > 0 } only and not "(null)" ? only : null,
            IommuGroup = group,
            NumaNode = folder.Number("numa_node"),
            PhysicalSlot = _slots.Of(address),
            ResetMethods = ResetMethods(folder),
            IsBootVga = isDisplay && folder.Text("boot_vga") == "1",
            // As far as it depends on the device alone; its group has a say as well.
            IsPassthroughable = group is not null && code is not PciClass.Bridge,
            IsBridge = PciClasses.IsBusBridge(id.Class),
            VirtualFunctionMaximum = total,
            VirtualFunctionCount = total is null ? null : folder.Number("sriov_numvfs") ?? 0,
            PhysicalFunction = folder.LinkName("physfn"),
            ParentAddress = PciAddress.Nearest(parent),
            SysfsPath = folder.Path,
        };
        return _uses.Of(device) is [_, ..] uses ? device with { HostUse = uses } : device;
    }

    // Before Linux 4.10 the attribute was not there; the byte always is.
    private static string? Revision(SysfsFolder folder)
    {
        const int place = 8;
        if (folder.Hex("revision") is { } revision) return revision.ToString("x2", CultureInfo.InvariantCulture);
        Span<byte> config = stackalloc byte[64];
        return folder.Bytes("config", config) > place ? config[place].ToString("x2", CultureInfo.InvariantCulture) : null;
    }

    // "flr bus" (since Linux 5.15); before, a file to write to was all there was to see.
    private static string[] ResetMethods(SysfsFolder folder) =>
        folder.Text("reset_method") is { } methods ? methods.Split(' ', StringSplitOptions.RemoveEmptyEntries) : folder.Has("reset") ? ["default"] : [];

    private static string Hex4(int id) => id.ToString("x4", CultureInfo.InvariantCulture);
}
