using QemuPS.Devices;
using QemuPS.Processes;

namespace QemuPS.Machines;

/// <summary>What is asked for when PCI devices, or mediated devices, are given to a machine.</summary>
public sealed record PciAddition
{
    /// <summary>The PCI devices: those of one group, or of several.</summary>
    public IReadOnlyList<PciDevice> Devices { get; init; } = [];

    /// <summary>The mediated devices.</summary>
    public IReadOnlyList<MdevDevice> MdevDevices { get; init; } = [];

    /// <summary>The running QEMU gets them now.</summary>
    public required bool Live { get; init; }

    /// <summary>The definition gets them, for every start from now on.</summary>
    public required bool Persist { get; init; }

    /// <summary>A file with the device's ROM; null for its own.</summary>
    public string? RomPath { get; init; }

    /// <summary>The guest sees no ROM.</summary>
    public bool NoRom { get; init; }

    /// <summary>The guest starts with its display on the graphics card among them.</summary>
    public bool PrimaryGpu { get; init; }

    /// <summary>The definition gets devices that the host uses.</summary>
    public bool Force { get; init; }
}

/// <summary>Gives PCI devices of the host to machines.</summary>
public static class MachinePci
{
    /// <summary>Gives devices to a machine: to the running QEMU, to the definition, or both. When the live part fails, all of it is taken back.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.PciDeviceAlreadyAdded"/>, <see cref="ErrorId.PciDeviceIsBridge"/>, <see cref="ErrorId.PciDeviceInUse"/>, <see cref="ErrorId.InvalidOption"/>,
    /// <see cref="ErrorId.VmNotRunning"/>, <see cref="ErrorId.LiveChangeFailed"/>; with the live part what <see cref="VfioReadiness"/> finds.</exception>
    public static async Task<IReadOnlyList<VmPciPassthrough>> AddAsync(Machine machine, PciAddition addition, IFeedback feedback, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(machine);
        ArgumentNullException.ThrowIfNull(addition);
        ArgumentNullException.ThrowIfNull(feedback);
        using var held = await machine.LockAsync(cancellation).ConfigureAwait(false);
        var definition = machine.Load();
        var root = SysfsRoot.FromEnvironment();
        RequireSense(addition);
        RequireUnused(addition);
        var entries = NewEntries(definition, addition);
        var readiness = new VfioReadiness(root);
        if (addition.Live) await AttachAsync(machine, definition, entries, readiness, cancellation).ConfigureAwait(false);
        else WarnOfObstacles(entries, readiness, feedback);
        WarnOfOthers(entries, machine, feedback);
        var added = entries.Where(entry => definition.PciDevices.All(known => known.Id != entry.Id)).ToList();
        if (addition.Live && added.Count > 0) StartedDefinition.Change(machine.Folder, started => started with { PciDevices = [.. started.PciDevices, .. added] });
        if (addition.Persist && added.Count > 0) machine.Store.Save(definition with { PciDevices = [.. definition.PciDevices, .. added] }, held);
        return [.. entries.Select(entry => MachinePciReader.Describe(machine.Name, entry, readiness, addition.Live ? VmPassthroughState.Attached : VmPassthroughState.Defined, addition.Persist || !added.Contains(entry)))];
    }

    /// <summary>The devices with the machines that have them in their definition.</summary>
    public static IReadOnlyList<PciDevice> WithMachines(IReadOnlyList<PciDevice> devices, VmStore store)
    {
        var entries = devices.Count == 0 ? [] : Entries(store);
        return entries.Count == 0 ? devices : [.. devices.Select(device => device with { AssignedVm = entries.FirstOrDefault(entry => entry.Device.Fits(device)).Name })];
    }

    /// <summary>The same for mediated devices.</summary>
    public static IReadOnlyList<MdevDevice> WithMachines(IReadOnlyList<MdevDevice> devices, VmStore store)
    {
        var entries = devices.Count == 0 ? [] : Entries(store);
        return entries.Count == 0 ? devices : [.. devices.Select(device => device with
        {
            AssignedVm = entries.FirstOrDefault(entry => device.Uuid is { } uuid ? entry.Device.Uuid == uuid : entry.Device.Address is not null && entry.Device.Address == device.Address).Name,
        })];
    }

    private static void RequireSense(PciAddition addition)
    {
        if (addition.PrimaryGpu && !addition.Devices.Any(device => device.Class == PciClass.Display)) throw new QemuException(ErrorId.InvalidOption, "-PrimaryGpu is for a graphics card, and there is none among the devices.", "Get-PciDevice -Class Display");
        if (addition is { PrimaryGpu: true, Live: true }) throw new QemuException(ErrorId.InvalidOption, "A machine that runs has its display already.", "Stop it, and use -PrimaryGpu without -Live.");
        if (addition is { RomPath: not null, NoRom: true }) throw new QemuException(ErrorId.InvalidOption, "-RomPath and -NoRom exclude one another.");
        if (addition.RomPath is { } rom && !File.Exists(rom)) throw new QemuException(ErrorId.MediumNotFound, $"The ROM '{rom}' is not there.");
    }

    private static void RequireUnused(PciAddition addition)
    {
        foreach (var device in addition.Devices)
        {
            if (device.Class == PciClass.Bridge) throw new QemuException(ErrorId.PciDeviceIsBridge, $"{device} is a bridge, and stays with the host.");
            if (addition.Force || device.HostUse.Count == 0 || device.HostUse.All(use => use.Kind == PciHostUseKind.VfioClient)) continue;
            throw new QemuException(ErrorId.PciDeviceInUse, $"The host uses {device} for {string.Join(" and ", device.HostUse)}.", "-Force gives it away all the same.");
        }
    }

    private static List<VmPciDevice> NewEntries(VmDefinition definition, PciAddition addition)
    {
        var entries = new List<VmPciDevice>();
        foreach (var device in addition.Devices) entries.Add(Entry(definition, addition, device));
        foreach (var mediated in addition.MdevDevices) entries.Add(Entry(definition, addition, mediated));
        return entries;
    }

    private static VmPciDevice Entry(VmDefinition definition, PciAddition addition, PciDevice device)
    {
        var known = definition.PciDevices.FirstOrDefault(entry => entry.Address == device.Address);
        if (known is not null) return addition.Live ? known : throw AlreadyAdded(definition, device.ToString(), known);
        var isDisplay = device.Class == PciClass.Display;
        return new VmPciDevice
        {
            Id = IdOf(device.Address),
            Name = device.Name,
            Address = device.Address,
            DeviceId = $"{device.VendorId}:{device.DeviceId}",
            RomPath = isDisplay || addition.Devices.Count == 1 ? addition.RomPath : null,
            NoRom = addition.NoRom,
            PrimaryGpu = addition.PrimaryGpu && isDisplay,
        };
    }

    private static VmPciDevice Entry(VmDefinition definition, PciAddition addition, MdevDevice device)
    {
        var known = definition.PciDevices.FirstOrDefault(entry => device.Uuid is { } id ? entry.Uuid == id : entry.Address == device.Address);
        if (known is not null) return addition.Live ? known : throw AlreadyAdded(definition, device.ToString(), known);
        return new VmPciDevice
        {
            Id = device.Uuid is { } uuid ? NewId(definition, uuid) : IdOf(device.Address!),
            Name = device.TypeName ?? device.Type,
            Address = device.Uuid is null ? device.Address : null,
            Uuid = device.Uuid,
            NoRom = addition.NoRom,
        };
    }

    // QEMU's ids have no colons.
    private static string IdOf(string address) => $"pci-{(address.StartsWith("0000:", StringComparison.Ordinal) ? address["0000:".Length..] : address).Replace(':', '-')}";

    private static string NewId(VmDefinition definition, Guid uuid)
    {
        var text = uuid.ToString();
        var plain = $"mdev-{text[..8]}";
        return definition.PciDevices.All(entry => entry.Id != plain) ? plain : $"mdev-{text}";
    }

    private static async Task AttachAsync(Machine machine, VmDefinition definition, List<VmPciDevice> entries, VfioReadiness readiness, CancellationToken cancellation)
    {
        if (machine.FindProcess() is not { } process) throw machine.NotRunning();
        await using var connection = await machine.ConnectAsync(cancellation).ConfigureAwait(false);
        var plugging = new HotPlug(machine, connection, cancellation);
        var there = await plugging.IdsAsync().ConfigureAwait(false);
        if (entries.Find(entry => there.Contains(entry.Id)) is { } twice) throw AlreadyAdded(definition, twice.ToString(), twice);
        foreach (var entry in entries)
        {
            if (readiness.FindObstacle(entry) is { } obstacle) throw obstacle;
        }

        if (!MemoryLockLimit.IsExempt && MemoryLockLimit.Raise(process) is { } limit) VfioReadiness.RequireMemory(definition, limit);
        var plugged = new List<VmPciDevice>();
        try
        {
            foreach (var entry in entries)
            {
                var bus = await plugging.FindPciBusAsync(entry.ToString(), MachineTypes.IsPc(definition.MachineType)).ConfigureAwait(false);
                await plugging.ExecuteAsync($"take {entry}", "device_add", PciArguments.Device(entry, bus)).ConfigureAwait(false);
                plugged.Add(entry);
            }
        }
        catch (QemuException) when (plugged.Count > 0)
        {
            foreach (var entry in plugged) await plugging.UnplugAsync(entry.Id, HotPlug.DefaultTimeout).ConfigureAwait(false);
            throw;
        }
    }

    private static void WarnOfObstacles(List<VmPciDevice> entries, VfioReadiness readiness, IFeedback feedback)
    {
        foreach (var obstacle in entries.Select(readiness.FindObstacle).OfType<QemuException>().DistinctBy(obstacle => obstacle.Message))
        {
            feedback.Warning($"{obstacle.Message} Before the machine starts: {obstacle.RecommendedAction}");
        }
    }

    private static void WarnOfOthers(List<VmPciDevice> entries, Machine machine, IFeedback feedback)
    {
        foreach (var other in Entries(machine.Store).Where(other => other.Name != machine.Name && entries.Exists(entry => IsSame(entry, other.Device))))
        {
            feedback.Warning($"'{other.Name}' has {other.Device} in its definition as well: the two cannot run at the same time.");
        }
    }

    private static bool IsSame(VmPciDevice one, VmPciDevice other) => one.Uuid == other.Uuid && one.Address == other.Address;

    private static List<(string Name, VmPciDevice Device)> Entries(VmStore store) => [.. store.Names().SelectMany(name => Entries(store, name))];

    private static IEnumerable<(string Name, VmPciDevice Device)> Entries(VmStore store, string name)
    {
        try
        {
            return store.Load(name).PciDevices.Select(device => (name, device));
        }
        catch (QemuException)
        {
            // A definition that cannot be read is reported by whoever asks for that machine.
            return [];
        }
    }

    private static QemuException AlreadyAdded(VmDefinition definition, string device, VmPciDevice known) =>
        new(ErrorId.PciDeviceAlreadyAdded, $"'{definition.Name}' has {device} already, as '{known.Id}'.");
}
