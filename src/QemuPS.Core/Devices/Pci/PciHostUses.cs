namespace QemuPS.Devices.Pci;

/// <summary>What the host uses its PCI devices for, gathered once for all of them.</summary>
internal sealed class PciHostUses(SysfsRoot root)
{
    private const string Nvidia = "/proc/driver/nvidia/gpus";
    private readonly Lazy<ILookup<string, PciHostUse>> _uses = new(() => Gather(root));
    private readonly Lazy<DeviceClients> _clients = new(() => new DeviceClients(root));

    public IReadOnlyList<PciHostUse> Of(PciDevice device)
    {
        // What is below a bridge is not the bridge's.
        if (device.IsBridge) return [];
        return [.. _uses.Value[device.Address], .. Display(device), .. Clients(device)];
    }

    private static ILookup<string, PciHostUse> Gather(SysfsRoot root)
    {
        var uses = from use in Disks(root).Concat(Networks(root)).Concat(Consoles(root)).Concat(Keyboards(root))
                   let address = PciAddress.Nearest(use.SysfsPath)
                   where address is not null
                   select (address, use.Use);
        return uses.Distinct().ToLookup(use => use.address, use => use.Use);
    }

    private static IEnumerable<(string SysfsPath, PciHostUse Use)> Disks(SysfsRoot root) =>
        from disk in new MountedDisks(root).All()
        from path in Carriers(root, disk.SysfsPath)
        group disk.Points by PciAddress.Nearest(path) into controller
        where controller.Key is not null
        select (controller.Key, new PciHostUse(PciHostUseKind.Disk, string.Join(", ", controller.SelectMany(points => points).Distinct().Order(StringComparer.Ordinal))));

    // An NVMe disk with several ways to it lies below its subsystem, beside links to its controllers.
    private static IEnumerable<string> Carriers(SysfsRoot root, string disk)
    {
        const string subsystems = "/sys/devices/virtual/nvme-subsystem/";
        if (!disk.StartsWith(subsystems, StringComparison.Ordinal)) return [disk];
        var folder = subsystems + disk[subsystems.Length..].Split('/')[0];
        return root.List(folder).Select(name => root.Resolve($"{folder}/{name}")).OfType<string>().Where(path => !path.StartsWith(subsystems, StringComparison.Ordinal));
    }

    private static IEnumerable<(string SysfsPath, PciHostUse Use)> Networks(SysfsRoot root) =>
        from route in DefaultRoutes.Interfaces(root)
        select (route.SysfsPath, new PciHostUse(PciHostUseKind.DefaultRoute, route.Name));

    // "tty0 ttyS4": where the kernel's messages go; tty0 is the screen, which the framebuffer stands for.
    private static IEnumerable<(string SysfsPath, PciHostUse Use)> Consoles(SysfsRoot root)
    {
        foreach (var name in (root.ReadText("/sys/class/tty/console/active") ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (root.Resolve($"/sys/class/tty/{name}") is { } path) yield return (path, new PciHostUse(PciHostUseKind.Console, name));
        }

        var isShown = root.List("/sys/class/vtconsole").Any(name =>
            root.ReadText($"/sys/class/vtconsole/{name}/bind") == "1" && root.ReadText($"/sys/class/vtconsole/{name}/name")?.Contains("frame buffer", StringComparison.Ordinal) == true);
        if (isShown && root.Resolve("/sys/class/graphics/fb0") is { } screen) yield return (screen, new PciHostUse(PciHostUseKind.Console, "fb0"));
    }

    private static IEnumerable<(string SysfsPath, PciHostUse Use)> Keyboards(SysfsRoot root)
    {
        var keyboards = InputDevices.Read(root).Where(input => input.IsKeyboard).ToList();
        var controllers = keyboards.Select(keyboard => PciAddress.Nearest(keyboard.SysfsPath)).Distinct().ToList();
        if (controllers is [not null]) yield return (keyboards[0].SysfsPath, new PciHostUse(PciHostUseKind.Keyboard, keyboards[0].Node ?? ""));
    }

    // A device that VFIO has shows nothing any more, whatever the firmware did.
    private static IEnumerable<PciHostUse> Display(PciDevice device) =>
        device.IsBootVga && !PciDrivers.IsPlaceholder(device.Driver) ? [new PciHostUse(PciHostUseKind.BootDisplay, "")] : [];

    private IEnumerable<PciHostUse> Clients(PciDevice device)
    {
        if (device.Driver is null) return [];
        if (PciDrivers.IsVfio(device.Driver))
        {
            return Use(PciHostUseKind.VfioClient, device.IommuGroup is { } group ? _clients.Value.Of($"/dev/vfio/{group}") : []);
        }

        // Accelerators without a screen have DRM nodes too.
        if (device.Class is not (PciClass.Display or PciClass.Accelerator)) return [];
        var nodes = root.List($"{device.SysfsPath}/drm").Concat(root.List($"{device.SysfsPath}/accel"))
            .Select(name => name.StartsWith("accel", StringComparison.Ordinal) ? $"/dev/accel/{name}" : $"/dev/dri/{name}")
            .Concat(NvidiaNode(device)).ToArray();
        return nodes.Length == 0 ? [] : Use(PciHostUseKind.DisplayClient, _clients.Value.Of(nodes));
    }

    private static IEnumerable<PciHostUse> Use(PciHostUseKind kind, IReadOnlyList<string> programs) =>
        programs.Count == 0 ? [] : [new PciHostUse(kind, string.Join(", ", programs))];

    // NVIDIA's own driver has nodes of its own: "Device Minor: 	 0".
    private IEnumerable<string> NvidiaNode(PciDevice device)
    {
        if (device.Driver != "nvidia") return [];
        const string key = "Device Minor:";
        var text = root.ReadBytes($"{Nvidia}/{device.Address}/information") is { } bytes ? System.Text.Encoding.UTF8.GetString(bytes) : "";
        return from line in text.Split('\n') where line.StartsWith(key, StringComparison.Ordinal) select $"/dev/nvidia{DeviceText.Clean(line[key.Length..].Trim())}";
    }
}
