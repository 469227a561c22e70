using QemuPS.Devices;
using QemuPS.Devices.Usb;

namespace QemuPS.Machines;

/// <summary>What is asked for when a USB device is given to a machine.</summary>
public sealed record UsbAddition
{
    /// <summary>The device.</summary>
    public required UsbDevice Device { get; init; }

    /// <summary>By what it shall be found.</summary>
    public UsbIdentifyBy IdentifyBy { get; init; }

    /// <summary>The running QEMU gets it now.</summary>
    public required bool Live { get; init; }

    /// <summary>The definition gets it, for every start from now on.</summary>
    public required bool Persist { get; init; }

    /// <summary>The machine may start without it.</summary>
    public bool Optional { get; init; }

    /// <summary>A reset by the guest does not reach the device.</summary>
    public bool NoGuestReset { get; init; }

    /// <summary>Where QEMU writes what goes over the wire; null for nowhere.</summary>
    public string? CapturePath { get; init; }

    /// <summary>The device is opened here and handed over to QEMU.</summary>
    public bool UseFileDescriptor { get; init; }

    /// <summary>It is given away although the host uses it.</summary>
    public bool Force { get; init; }
}

/// <summary>Gives USB devices of the host to machines.</summary>
public static class MachineUsb
{
    private const double SuperSpeed = 5000;

    /// <summary>
    /// Gives a device to a machine: to the running QEMU, to the definition, or both. When the live part fails, the definition stays as it is.
    /// A device that the definition has and the running QEMU has lost is plugged in again.
    /// </summary>
    /// <exception cref="QemuException">What <see cref="UsbIdentification"/> throws; <see cref="ErrorId.UsbDeviceAlreadyAdded"/>, <see cref="ErrorId.UsbAccessDenied"/>,
    /// <see cref="ErrorId.VmNotRunning"/>, <see cref="ErrorId.LiveChangeFailed"/> with QEMU's words.</exception>
    public static async Task<VmUsbPassthrough> AddAsync(Machine machine, UsbAddition addition, IFeedback feedback, CancellationToken cancellation)
    {
        using var held = await machine.LockAsync(cancellation).ConfigureAwait(false);
        var definition = machine.Load();
        RequireSense(addition);
        var plugged = UsbDevices.Read(SysfsRoot.FromEnvironment());
        var choice = UsbIdentification.Choose(addition.Device, plugged, addition.IdentifyBy, addition.Force);
        feedback.Verbose(choice.Reason);
        if (choice.Warning is { } warning) feedback.Warning(warning);

        var live = addition.Live || machine.FindProcess() is not null ? await LiveAsync(machine, cancellation).ConfigureAwait(false) : [];
        var existing = Existing(definition, choice.Match, addition.Device);
        RequireNew(definition, existing, live, addition);
        if (existing is not null) feedback.Verbose($"'{definition.Name}' has it in its definition, as '{existing.Id}': it is plugged in again.");
        WarnOfAccess(addition, feedback);
        WarnOfSpeed(definition, addition.Device, feedback);
        var entry = existing ?? NewEntry(definition, live, addition, choice.Match);

        var state = VmPassthroughState.Defined;
        if (addition.Live) state = await AttachAsync(machine, entry, plugged, addition, cancellation).ConfigureAwait(false);
        if (addition.Live && existing is null) StartedDefinition.Change(machine.Folder, started => started with { UsbDevices = [.. started.UsbDevices, entry] });
        if (addition.Persist && existing is null) machine.Store.Save(definition with { UsbDevices = [.. definition.UsbDevices, entry] }, held);
        return new VmUsbPassthrough
        {
            VmName = machine.Name,
            Id = entry.Id,
            IdentifyBy = entry.Match.IdentifyBy,
            Match = entry.Match,
            Device = UsbIdentification.Resolve(entry.Match, plugged),
            State = state,
            Persisted = addition.Persist || existing is not null,
        };
    }

    /// <summary>The devices with the machines that have them in their definition.</summary>
    public static IReadOnlyList<UsbDevice> WithMachines(IReadOnlyList<UsbDevice> devices, VmStore store)
    {
        if (devices.Count == 0) return devices;
        var entries = store.Names().SelectMany(name => Find(store, name)).ToList();
        return entries.Count == 0 ? devices : devices.Select(device => device with { AssignedVm = MachineOf(device, entries) }).ToList();
    }

    /// <summary>Throws when this user may not open the device.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.UsbAccessDenied"/></exception>
    public static void RequireAccess(UsbDevice device)
    {
        if (!device.CanAccess) throw AccessDenied(device);
    }

    private static IEnumerable<(string Name, VmUsbDevice Device)> Find(VmStore store, string name)
    {
        try
        {
            return store.Load(name).UsbDevices.Select(device => (name, device));
        }
        catch (QemuException)
        {
            // A definition that cannot be read is reported by whoever asks for that machine.
            return [];
        }
    }

    private static string? MachineOf(UsbDevice device, List<(string Name, VmUsbDevice Device)> entries) =>
        entries.Where(entry => entry.Device.Match.Fits(device)).Select(entry => entry.Name).FirstOrDefault();

    private static VmUsbDevice? Existing(VmDefinition definition, UsbMatch match, UsbDevice device) =>
        definition.UsbDevices.FirstOrDefault(entry => entry.Match.Fits(device) || entry.Match == match);

    // What the definition has may be plugged in again, unless QEMU has it; what QEMU has may be written to the definition.
    private static void RequireNew(VmDefinition definition, VmUsbDevice? existing, IReadOnlyList<QemuUsbDevice> live, UsbAddition addition)
    {
        var id = existing?.Id ?? (addition.Live ? live.FirstOrDefault(device => device.IsAttached && device.ToMatch().Fits(addition.Device))?.Id : null);
        if (id is null) return;
        var isLost = addition.Live && !live.Any(device => device.IsAttached && (device.Id == id || device.Id == id + UsbArguments.PeerSuffix));
        if (!isLost) throw new QemuException(ErrorId.UsbDeviceAlreadyAdded, $"'{definition.Name}' has the USB device {addition.Device} already, as '{id}'.");
    }

    private static void RequireSense(UsbAddition addition)
    {
        if (addition.UseFileDescriptor && (addition.Persist || !addition.Live))
        {
            throw new QemuException(ErrorId.InvalidOption, "An open file is handed over to a running QEMU, and is gone when that ends: it cannot be written to the definition.", "Use -UseFileDescriptor with -Live and without -Persist.");
        }

        if (addition.CapturePath is { } path && File.Exists(path) && !addition.Force)
        {
            throw new QemuException(ErrorId.FileExists, $"'{path}' exists, and QEMU would begin it anew.", "Choose another -CapturePath, or use -Force.");
        }
    }

    private static void WarnOfSpeed(VmDefinition definition, UsbDevice device, IFeedback feedback)
    {
        if (definition.UsbController != VmUsbController.Ehci || device.Speed is null or < SuperSpeed) return;
        feedback.Warning($"{device} works as a USB 3 device, and '{definition.Name}' has a USB 2 controller, which does not take it. Plug it into a USB 2 socket, or define the machine with -UsbController Xhci.");
    }

    private static VmUsbDevice NewEntry(VmDefinition definition, IReadOnlyList<QemuUsbDevice> live, UsbAddition addition, UsbMatch match) => new()
    {
        Id = NewId(definition, live, addition.Device),
        Name = addition.Device.Name,
        Match = match,
        Optional = addition.Optional,
        NoGuestReset = addition.NoGuestReset,
        CapturePath = addition.CapturePath,
    };

    private static void WarnOfAccess(UsbAddition addition, IFeedback feedback)
    {
        // What is not plugged in has no node yet.
        if (addition.Device.CanAccess || !addition.Device.IsPluggedIn) return;
        if (addition.Live) throw AccessDenied(addition.Device);
        feedback.Warning($"{AccessDenied(addition.Device).Message} Before the machine starts, run: {addition.Device.AccessHint}");
    }

    private static QemuException AccessDenied(UsbDevice device) =>
        new(ErrorId.UsbAccessDenied, $"You may not open the USB device {device} ({device.DevicePath}).", AccessAdvice(device));

    // A container has to be given the node; anywhere else a rule helps for good.
    private static string? AccessAdvice(UsbDevice device) => device.AccessHint is not { } hint || hint.StartsWith('#')
        ? device.AccessHint
        : $"Get-UsbDevice -VendorId {device.VendorId} -ProductId {device.ProductId} | New-UdevRule -Apply   # for good; until it is unplugged: {hint}";

    private static string NewId(VmDefinition definition, IReadOnlyList<QemuUsbDevice> live, UsbDevice device)
    {
        // What the running QEMU knows already keeps its name: it is tried again, or written down.
        var known = live.Where(each => !definition.UsbDevices.Any(other => each.Id == other.Id || each.Id == other.Id + UsbArguments.PeerSuffix));
        if (known.FirstOrDefault(each => !each.Id.EndsWith(UsbArguments.PeerSuffix, StringComparison.Ordinal) && each.ToMatch().Fits(device)) is { } same) return same.Id;
        var plain = device.VendorId == "0000" ? $"usb-port-{device.BusId}" : $"usb-{device.VendorId}-{device.ProductId}";
        return Enumerable.Range(1, int.MaxValue)
            .Select(number => number == 1 ? plain : $"{plain}-{number}")
            .First(id => definition.UsbDevices.All(other => other.Id != id) && live.All(other => other.Id != id));
    }

    private static async Task<IReadOnlyList<QemuUsbDevice>> LiveAsync(Machine machine, CancellationToken cancellation)
    {
        await using var connection = await machine.ConnectAsync(cancellation).ConfigureAwait(false);
        return await new QemuUsbDevices(connection, cancellation).ReadAsync().ConfigureAwait(false);
    }

    private static async Task<VmPassthroughState> AttachAsync(Machine machine, VmUsbDevice entry, IReadOnlyList<UsbDevice> plugged, UsbAddition addition, CancellationToken cancellation)
    {
        await using var connection = await machine.ConnectAsync(cancellation).ConfigureAwait(false);
        return await new MachineUsbAttachment(machine, connection, cancellation).AttachAsync(entry, plugged, addition.UseFileDescriptor ? addition.Device : null).ConfigureAwait(false);
    }
}
