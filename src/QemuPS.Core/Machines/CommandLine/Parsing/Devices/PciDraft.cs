using System.Text.RegularExpressions;

namespace QemuPS.Machines;

/// <summary>The PCI devices of the host, and the mediated ones, that a command line gives to its guest.</summary>
internal sealed partial class PciDraft(MachineDraft machine, IReadOnlyList<DraftDevice> devices)
{
    private readonly MachineDraft _machine = machine;
    private readonly IReadOnlyList<DraftDevice> _devices = devices;

    /// <summary>What can become a property: a port with all that is behind it, or a device on the root bus.</summary>
    public IEnumerable<DraftGroup> Groups()
    {
        var given = _devices.Where(device => device.Driver == "vfio-pci").ToList();
        foreach (var together in given.GroupBy(BusOf))
        {
            var port = _devices.FirstOrDefault(device => device.Id is not null && device.Id == together.Key && IsRootPort(device));
            var found = together.Select(device => Device(device, port is not null)).ToList();
            if (port is null)
            {
                foreach (var (device, of) in found.Zip(together)) if (device is not null) yield return new PciDeviceGroup([of.Option], [device]);
            }
            else if (found.All(device => device is not null) && IsAlone(port, together))
            {
                yield return new PciDeviceGroup([port.Option, .. together.Select(device => device.Option)], [.. found.OfType<VmPciDevice>()]);
            }
        }
    }

    private static string? BusOf(DraftDevice device) => device.List().Take("bus");

    // Where a port is, and by what number, is not what anybody gives a device away for; what else there is about it may be.
    private static bool IsRootPort(DraftDevice device)
    {
        // The free slots are a property of their own.
        if (device.Driver is not ("pcie-root-port" or "ioh3420") || device.Id?.StartsWith("hotplug", StringComparison.Ordinal) == true) return false;
        var list = device.List();
        list.Take("id", "chassis", "slot", "port", "addr", "multifunction");
        if (list.Rest.Any(item => item is { Key: "bus", Value: "pcie.0" })) list.Take("bus");
        return list.IsEmpty;
    }

    private bool IsAlone(DraftDevice port, IEnumerable<DraftDevice> behind) =>
        _devices.Where(device => BusOf(device) == port.Id).All(behind.Contains);

    private VmPciDevice? Device(DraftDevice device, bool isBehindPort)
    {
        var list = device.List();
        var id = list.Take("id");
        var (host, node) = (list.Take("host"), list.Take("sysfsdev"));
        var (rom, bar) = (list.Take("romfile"), list.TakeNumber("rombar"));
        var primary = list.TakeSwitch("x-vga") == true;
        list.TakeSwitch("multifunction");
        // A place on the root bus that somebody chose has a meaning (docs/igd-assign.txt of QEMU); a function behind a port has its own.
        if (isBehindPort) list.Take("addr", "bus");
        else if (list.Rest.Any(item => item is { Key: "bus", Value: "pcie.0" or "pci.0" })) list.Take("bus");
        // The machine has no other display adapter then.
        if (!list.IsEmpty || bar is not (null or 0 or 1) || (primary && _machine.Vga is not VmVga.None && !_machine.NoDefaults)) return null;
        var name = host ?? (node is null ? null : Path.GetFileName(node));
        if (name is null || (host is null) == (node is null)) return null;
        var result = new VmPciDevice { Id = "", RomPath = rom is null ? null : _machine.Paths.OfFile(rom), NoRom = bar == 0, PrimaryGpu = primary };
        if (host is null && Guid.TryParse(name, out var uuid)) return result with { Id = id ?? $"mdev-{uuid.ToString()[..8]}", Uuid = uuid };
        if (!Address().IsMatch(name)) return null;
        var address = (name.Count(letter => letter == ':') == 1 ? "0000:" + name : name).ToLowerInvariant();
        return result with { Id = id ?? $"pci-{(address.StartsWith("0000:", StringComparison.Ordinal) ? address["0000:".Length..] : address).Replace(':', '-')}", Address = address };
    }

    [GeneratedRegex("^([0-9a-fA-F]{4,5}:)?[0-9a-fA-F]{2}:[0-9a-fA-F]{2}\\.[0-7]$")]
    private static partial Regex Address();
}
