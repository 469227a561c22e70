using System.Text.Json;
using System.Text.Json.Nodes;
using QemuPS.Devices;
using QemuPS.Devices.Usb;
using QemuPS.Qmp;

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

    /// <summary>It is given away although the host uses it.</summary>
    public bool Force { get; init; }
}

/// <summary>Gives USB devices of the host to machines.</summary>
public static class MachineUsb
{
    /// <summary>Gives a device to a machine: to the running QEMU, to the definition, or both. When the live part fails, the definition stays as it is.</summary>
    /// <exception cref="QemuException">What <see cref="UsbIdentification"/> throws; <see cref="ErrorId.UsbDeviceAlreadyAdded"/>, <see cref="ErrorId.UsbAccessDenied"/>,
    /// <see cref="ErrorId.VmNotRunning"/>, <see cref="ErrorId.LiveChangeFailed"/> with QEMU's words.</exception>
    public static async Task<VmUsbPassthrough> AddAsync(Machine machine, UsbAddition addition, IFeedback feedback, CancellationToken cancellation)
    {
        using var held = await machine.LockAsync(cancellation).ConfigureAwait(false);
        var definition = machine.Load();
        var plugged = UsbDevices.Read(SysfsRoot.FromEnvironment());
        var choice = UsbIdentification.Choose(addition.Device, plugged, addition.IdentifyBy, addition.Force);
        feedback.Verbose(choice.Reason);
        if (choice.Warning is { } warning) feedback.Warning(warning);

        RequireNew(definition, choice.Match, addition.Device);
        WarnOfAccess(addition, feedback);
        var entry = new VmUsbDevice { Id = NewId(definition, addition.Device), Name = addition.Device.Name, Match = choice.Match, Optional = addition.Optional };

        var state = VmPassthroughState.Defined;
        if (addition.Live) state = await AttachAsync(machine, entry, plugged, cancellation).ConfigureAwait(false);
        if (addition.Persist) machine.Store.Save(definition with { UsbDevices = [.. definition.UsbDevices, entry] });
        return new VmUsbPassthrough
        {
            VmName = machine.Name,
            Id = entry.Id,
            IdentifyBy = choice.Match.IdentifyBy,
            Match = choice.Match,
            Device = UsbIdentification.Resolve(choice.Match, plugged),
            State = state,
            Persisted = addition.Persist,
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

    private static void RequireNew(VmDefinition definition, UsbMatch match, UsbDevice device)
    {
        if (definition.UsbDevices.FirstOrDefault(entry => entry.Match.Fits(device) || entry.Match == match) is { } existing)
        {
            throw new QemuException(ErrorId.UsbDeviceAlreadyAdded, $"'{definition.Name}' has the USB device {device} already, as '{existing.Id}'.");
        }
    }

    private static void WarnOfAccess(UsbAddition addition, IFeedback feedback)
    {
        if (addition.Device.CanAccess) return;
        if (addition.Live) throw AccessDenied(addition.Device);
        feedback.Warning($"{AccessDenied(addition.Device).Message} Before the machine starts, run: {addition.Device.AccessHint}");
    }

    private static QemuException AccessDenied(UsbDevice device) =>
        new(ErrorId.UsbAccessDenied, $"You may not open the USB device {device} ({device.DevicePath}).", AccessAdvice(device));

    // A container has to be given the node; anywhere else a rule helps for good.
    private static string? AccessAdvice(UsbDevice device) => device.AccessHint is not { } hint || hint.StartsWith('#')
        ? device.AccessHint
        : $"Get-UsbDevice -VendorId {device.VendorId} -ProductId {device.ProductId} | New-UdevRule -Apply   # for good; until it is unplugged: {hint}";

    private static string NewId(VmDefinition definition, UsbDevice device)
    {
        var plain = $"usb-{device.VendorId}-{device.ProductId}";
        return Enumerable.Range(1, int.MaxValue)
            .Select(number => number == 1 ? plain : $"{plain}-{number}")
            .First(id => definition.UsbDevices.All(other => other.Id != id));
    }

    private static async Task<VmPassthroughState> AttachAsync(Machine machine, VmUsbDevice entry, IReadOnlyList<UsbDevice> plugged, CancellationToken cancellation)
    {
        await using var connection = await machine.ConnectAsync(cancellation).ConfigureAwait(false);
        try
        {
            await EnsureControllerAsync(machine, connection, cancellation).ConfigureAwait(false);
            var device = UsbArguments.HostDevice(entry with { Optional = false }, plugged);
            await ExecuteAsync(connection, "device_add", device, cancellation).ConfigureAwait(false);
            var attached = await connection.ExecuteAsync(
                "qom-get", new JsonObject { ["path"] = $"/machine/peripheral/{entry.Id}", ["property"] = "attached" }, Machine.AnswerTimeout, cancellation).ConfigureAwait(false);
            return attached.GetBoolean() ? VmPassthroughState.Attached : VmPassthroughState.Pending;
        }
        catch (QemuException error) when (error.Id == ErrorId.QmpCommandFailed)
        {
            throw new QemuException(ErrorId.LiveChangeFailed, $"'{machine.Name}' could not take {entry}: {error.Message}", inner: error);
        }
    }

    private static async Task EnsureControllerAsync(Machine machine, QmpConnection connection, CancellationToken cancellation)
    {
        var devices = await connection.ExecuteAsync("qom-list", new JsonObject { ["path"] = "/machine/peripheral" }, Machine.AnswerTimeout, cancellation).ConfigureAwait(false);
        var names = devices.EnumerateArray().Select(device => device.GetProperty("name").GetString()).ToList();
        if (names.Contains(UsbArguments.ControllerId)) return;

        var controller = UsbArguments.Xhci();
        if (!MachineTypes.IsPc(machine.Load().MachineType)) controller["bus"] = await FreePortAsync(connection, names, cancellation).ConfigureAwait(false);
        await ExecuteAsync(connection, "device_add", controller, cancellation).ConfigureAwait(false);
    }

    // A root port's bus has the port's name; it is free while it has no child.
    private static async Task<string> FreePortAsync(QmpConnection connection, IEnumerable<string?> names, CancellationToken cancellation)
    {
        foreach (var port in names.Where(name => name!.StartsWith("hotplug", StringComparison.Ordinal)))
        {
            var bus = await connection.ExecuteAsync(
                "qom-list", new JsonObject { ["path"] = $"/machine/peripheral/{port}/{port}" }, Machine.AnswerTimeout, cancellation).ConfigureAwait(false);
            if (!bus.EnumerateArray().Any(member => member.GetProperty("name").GetString()!.StartsWith("child[", StringComparison.Ordinal))) return port!;
        }

        throw new QemuException(ErrorId.LiveChangeFailed, "The machine has no USB controller and no free PCIe port for one.", "Stop it, and define it with -UsbController Xhci.");
    }

    private static Task<JsonElement> ExecuteAsync(QmpConnection connection, string command, JsonObject? arguments, CancellationToken cancellation) =>
        connection.ExecuteAsync(command, arguments, Machine.AnswerTimeout, cancellation);
}
