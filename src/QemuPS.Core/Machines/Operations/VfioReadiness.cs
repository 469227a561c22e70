using System.Globalization;
using QemuPS.Devices;
using QemuPS.Devices.Iommu;
using QemuPS.Devices.Mdev;
using QemuPS.Devices.Pci;
using QemuPS.Processes;

namespace QemuPS.Machines;

/// <summary>
/// Whether the host's devices can be given to a machine now. QEMU says of most of this "group 2 is not viable" or "Cannot
/// allocate memory"; here it is looked at before, with the device and the command that helps.
/// </summary>
internal sealed class VfioReadiness(SysfsRoot root)
{
    // What QEMU and the kernel lock besides the guest's memory.
    private const ulong Besides = 1UL << 30;
    private const ulong Kibibyte = 1024;

    private readonly IReadOnlyList<PciDevice> _devices = PciDevices.Read(root);
    private readonly Lazy<IReadOnlyList<MdevDevice>> _mediated = new(() => MdevDevices.Read(root));
    private readonly Dictionary<int, IommuGroup?> _groups = [];

    /// <summary>The host's PCI devices.</summary>
    public IReadOnlyList<PciDevice> Devices => _devices;

    /// <summary>The PCI device of an entry; null where it is not there, another one is, or the entry is of a mediated device.</summary>
    public PciDevice? Find(VmPciDevice entry) => entry.Address is { } address && PciDevices.At(_devices, address) is { } device && entry.Fits(device) ? device : null;

    /// <summary>The mediated device of an entry; null where it does not exist.</summary>
    public MdevDevice? FindMediated(VmPciDevice entry) => entry.Uuid is { } uuid ? _mediated.Value.FirstOrDefault(device => device.Uuid == uuid && device.IsActive) : null;

    /// <summary>Why an entry cannot be given to a machine now; null where it can.</summary>
    public QemuException? FindObstacle(VmPciDevice entry)
    {
        int? group;
        if (entry.Uuid is { } uuid)
        {
            if (FindMediated(entry) is not { } mediated) return NotMade(uuid);
            group = mediated.IommuGroup;
        }
        else
        {
            if (Find(entry) is not { } device) return NotThere(entry);
            group = device.IommuGroup;
            if (FindObstacle(device) is { } obstacle) return obstacle;
        }

        return group is { } number ? FindObstacle(entry, number) : new QemuException(ErrorId.IommuGroupNotFound, $"{entry} is in no IOMMU group: the host's IOMMU is off.", "Test-IommuEnabled -Detailed");
    }

    /// <summary>Throws where this user may not lock the guest's memory.</summary>
    /// <param name="definition">The machine.</param>
    /// <param name="limit">The most that may be locked, in bytes.</param>
    /// <exception cref="QemuException"><see cref="ErrorId.MemoryLockLimit"/> with the line for limits.d.</exception>
    public static void RequireMemory(VmDefinition definition, ulong limit)
    {
        var needed = definition.MemoryStartupBytes + Besides;
        if (limit >= needed) return;
        var user = Environment.UserName;
        var line = string.Create(CultureInfo.InvariantCulture, $"{user} hard memlock {(needed + Kibibyte - 1) / Kibibyte}");
        throw new QemuException(
            ErrorId.MemoryLockLimit,
            $"VFIO locks all memory of '{definition.Name}', {needed >> 20} MiB with what comes besides, and {user} may lock {limit >> 20} MiB.",
            $"echo {ShellQuoting.Bash(line)} | sudo tee /etc/security/limits.d/90-qemups-memlock.conf   # then log in again");
    }

    private QemuException? FindObstacle(PciDevice device)
    {
        if (device.HostUse.FirstOrDefault(use => use.Kind == PciHostUseKind.VfioClient) is { } client) return new QemuException(ErrorId.PciDeviceInUse, $"{device} is {client}.", "Stop that machine first.");
        if (PciConfigSpace.Read(root, device) is { IsDead: true })
        {
            // QEMU says of it: "unknown header type 7f".
            return new QemuException(ErrorId.PciDeviceDead, $"{device} does not answer: its configuration space is nothing but ff, as after a reset that failed.", "Turn the host off and on again; a restart may not be enough.");
        }

        if (PciDrivers.IsVfio(device.Driver) || IsVendors(device)) return null;
        return new QemuException(
            ErrorId.PciDeviceNotBound,
            $"{device} has {(device.Driver is null ? "no driver" : $"the host's driver {device.Driver}")}, and a machine takes it from vfio-pci.",
            $"sudo pwsh -Command 'Set-PciDriver {device.Address} vfio-pci -WholeGroup'   # or Add-VmPciPassthrough -BindDriver, as root");
    }

    private QemuException? FindObstacle(VmPciDevice entry, int number)
    {
        if (!_groups.TryGetValue(number, out var group)) _groups[number] = group = IommuGroups.Find(root, number);
        var blocking = group?.BlockingDevices.Where(device => !IsVendors(device)).ToList() ?? [];
        if (blocking.Count > 0)
        {
            var names = string.Join(", ", blocking.Select(device => $"{device} ({device.Driver})"));
            return new QemuException(
                ErrorId.IommuGroupNotViable,
                $"IOMMU group {number} of {entry} is not viable: drivers of the host have {names}.",
                $"sudo pwsh -Command 'Get-IommuGroup {number} | Set-PciDriver -Driver vfio-pci'");
        }

        var node = string.Create(CultureInfo.InvariantCulture, $"/dev/vfio/{number}");
        if (!root.Exists(node)) return new QemuException(ErrorId.VfioAccessDenied, $"The node {node} of {entry} is not there: vfio is not loaded, or this is a container that was not given it.", "sudo modprobe vfio-pci");
        if (root.CanReadWrite(node)) return null;
        return new QemuException(
            ErrorId.VfioAccessDenied,
            $"You may not open {node}, by which {entry} is given to a machine.",
            entry.Address is { } address ? $"Get-PciDevice {address} | New-UdevRule -Apply   # for good, as root; until the next start of the host: sudo chown {ShellQuoting.Bash(Environment.UserName)} {node}" : $"sudo chown {ShellQuoting.Bash(Environment.UserName)} {node}");
    }

    // A virtual function with a vendor's type is given away by the vendor's own driver.
    private bool IsVendors(PciDevice device) => _mediated.Value.Any(mediated => mediated.Framework == MdevFramework.VendorVfio && mediated.Address == device.Address);

    private QemuException NotThere(VmPciDevice entry) => PciDevices.At(_devices, entry.Address!) is { } other
        ? new QemuException(ErrorId.PciDeviceNotFound, $"At {entry.Address} there is {other} ({other.VendorId}:{other.DeviceId}), not {entry.Name} ({entry.DeviceId}): addresses move when cards are added.", $"Get-PciDevice | Where-Object {{ \"$($_.VendorId):$($_.DeviceId)\" -eq '{entry.DeviceId}' }}")
        : new QemuException(ErrorId.PciDeviceNotFound, $"The PCI device {entry} is not there.", "Get-PciDevice");

    private QemuException NotMade(Guid uuid) => _mediated.Value.Any(device => device.Uuid == uuid)
        ? new QemuException(ErrorId.MdevDeviceNotFound, $"The mediated device {uuid} is defined and does not exist now.", $"sudo mdevctl start --uuid {uuid}")
        : new QemuException(ErrorId.MdevDeviceNotFound, $"There is no mediated device {uuid}.", "Get-MdevDevice");
}
