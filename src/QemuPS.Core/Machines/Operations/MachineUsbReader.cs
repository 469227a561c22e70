using QemuPS.Devices;
using QemuPS.Devices.Usb;

namespace QemuPS.Machines;

/// <summary>How the USB devices that were given to machines stand: the definition, QEMU's own word and sysfs together.</summary>
public static class MachineUsbReader
{
    /// <summary>All USB devices of a machine: those of its definition, and those the running QEMU has besides.</summary>
    /// <exception cref="QemuException">What <see cref="VmStore.Load"/> and <see cref="Machine.ConnectAsync"/> throw.</exception>
    public static async Task<IReadOnlyList<VmUsbPassthrough>> ReadAsync(Machine machine, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(machine);
        var definition = machine.Load();
        var plugged = UsbDevices.Read(SysfsRoot.FromEnvironment());
        var live = await LiveAsync(machine, cancellation).ConfigureAwait(false);
        var known = definition.UsbDevices.SelectMany(entry => new[] { entry.Id, entry.Id + UsbArguments.PeerSuffix }).ToHashSet();
        return
        [
            .. definition.UsbDevices.Select(entry => Describe(machine.Name, entry.Id, entry.Match, live, plugged) with { Persisted = true }),
            .. (live ?? []).Where(device => !known.Contains(device.Id) && !IsPeer(device, live!)).Select(device => Describe(machine.Name, device.Id, device.ToMatch(), live, plugged)),
        ];
    }

    /// <summary>How one device stands.</summary>
    /// <param name="match">How it is found on the host.</param>
    /// <param name="live">What QEMU has for it; none where it has nothing, null where it does not run.</param>
    /// <param name="plugged">The host's devices.</param>
    internal static (VmPassthroughState State, string? Reason, UsbDevice? Device) Judge(UsbMatch match, IReadOnlyList<QemuUsbDevice>? live, IReadOnlyList<UsbDevice> plugged)
    {
        var fitting = plugged.Where(match.Fits).ToList();
        var device = fitting.Count == 1 || match.IdentifyBy == UsbIdentifyBy.Port ? UsbIdentification.Resolve(match, plugged) : null;
        if (live is null) return (VmPassthroughState.Defined, null, device);
        if (live.Count == 0) return (VmPassthroughState.Defined, "The running QEMU has not got it; it gets it when the machine starts again, or by Add-VmUsbPassthrough -Live.", device);

        var isAttached = live.Any(each => each.IsAttached);
        var isLost = match.IdentifyBy is UsbIdentifyBy.Serial or UsbIdentifyBy.Address;
        return (isAttached, device) switch
        {
            (true, null) when fitting.Count == 0 => (VmPassthroughState.Stale, "QEMU says it has the device, and it is not plugged in.", null),
            (true, _) => (VmPassthroughState.Attached, null, device),
            (false, null) when isLost => (VmPassthroughState.Stale, "The device is not plugged in, and QEMU would not find it elsewhere: add it again when it is back.", null),
            (false, null) => (VmPassthroughState.Pending, "QEMU takes the device as soon as it is plugged in.", null),
            (false, { } there) when !live.Any(each => each.LooksAt(there)) => (VmPassthroughState.Stale, $"The device is at {there.BusId} now, and QEMU looks for it elsewhere: add it again.", there),
            (false, { CanAccess: false } there) => (VmPassthroughState.Failed, $"You may not open {there.DevicePath}: {there.AccessHint}", there),
            (false, { } there) => (VmPassthroughState.Failed, $"{there.BusId} is plugged in and QEMU has not got it: another machine or program may have it, or QEMU runs as another user.", there),
        };
    }

    private static VmUsbPassthrough Describe(string vm, string id, UsbMatch match, IReadOnlyList<QemuUsbDevice>? live, IReadOnlyList<UsbDevice> plugged)
    {
        var (state, reason, device) = Judge(match, live?.Where(each => each.Id == id || each.Id == id + UsbArguments.PeerSuffix).ToList(), plugged);
        return new VmUsbPassthrough { VmName = vm, Id = id, IdentifyBy = match.IdentifyBy, Match = match, Device = device, State = state, Reason = reason, Persisted = false };
    }

    private static bool IsPeer(QemuUsbDevice device, IReadOnlyList<QemuUsbDevice> live) =>
        device.Id.EndsWith(UsbArguments.PeerSuffix, StringComparison.Ordinal) && live.Any(other => other.Id + UsbArguments.PeerSuffix == device.Id);

    private static async Task<IReadOnlyList<QemuUsbDevice>?> LiveAsync(Machine machine, CancellationToken cancellation)
    {
        if (machine.FindProcess() is null) return null;
        await using var connection = await machine.ConnectAsync(cancellation).ConfigureAwait(false);
        return await new QemuUsbDevices(connection, cancellation).ReadAsync().ConfigureAwait(false);
    }
}
