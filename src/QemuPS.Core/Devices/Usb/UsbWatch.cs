namespace QemuPS.Devices.Usb;

/// <summary>
/// Tells what happens to the USB devices of a host. The kernel's messages wake it; only where they cannot be had, on a
/// recorded host for instance, it looks twice a second.
/// </summary>
public sealed class UsbWatch : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);
    private const string UsbDeviceType = "usb_device";

    private readonly SysfsRoot _root;
    private readonly Func<CancellationToken, IAsyncEnumerable<KernelEvent?>>? _messages;
    private readonly KernelEvents? _events;
    private Dictionary<string, UsbDevice> _known;

    private UsbWatch(SysfsRoot root, KernelEvents? events, string how)
        : this(root, events is null ? null : events.ReadAllAsync, how) => _events = events;

    /// <summary>Watches by messages from wherever.</summary>
    internal UsbWatch(SysfsRoot root, Func<CancellationToken, IAsyncEnumerable<KernelEvent?>>? messages, string how)
    {
        (_root, _messages, How) = (root, messages, how);
        _known = Look();
    }

    /// <summary>How it notices, and why not by the kernel's messages where it does not: a sentence for <c>-Verbose</c>.</summary>
    public string How { get; }

    /// <summary>Begins to watch: what happens from now on is told.</summary>
    /// <param name="root">The host.</param>
    public static UsbWatch Begin(SysfsRoot root)
    {
        ArgumentNullException.ThrowIfNull(root);
        if (!root.IsThisHost) return new UsbWatch(root, (KernelEvents?)null, $"'{root.Folder}' is a recorded host, which sends no messages: its folders are looked at twice a second.");
        var events = KernelEvents.TryOpen(out var reason);
        return events is null
            ? new UsbWatch(root, (KernelEvents?)null, $"The kernel's messages (netlink) cannot be had here: {reason}. The bus is looked at twice a second.")
            : new UsbWatch(root, events, "The kernel's messages about its devices (netlink) are listened to.");
    }

    /// <inheritdoc/>
    public void Dispose() => _events?.Dispose();

    /// <summary>Tells each event until it is cancelled.</summary>
    /// <param name="told">Hears the events, one after the other.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task RunAsync(Action<UsbDeviceEvent> told, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(told);
        if (_messages is null)
        {
            using var clock = new PeriodicTimer(Pause);
            while (await clock.WaitForNextTickAsync(cancellation).ConfigureAwait(false)) Compare(told);
            return;
        }

        await foreach (var one in _messages(cancellation).ConfigureAwait(false))
        {
            if (one is null) Compare(told);
            else if (one is { Subsystem: "usb", DeviceType: UsbDeviceType }) Tell(one, told);
        }
    }

    // "add" comes before the drivers: who opens the device then is too early. "bind" comes when they have it. A device
    // may change before that, and is not there yet for those who listen.
    private void Tell(KernelEvent one, Action<UsbDeviceEvent> told)
    {
        switch (one.Action)
        {
            case "bind":
                See(one.SysfsPath, UsbAction.Add, told);
                break;
            case "change" when _known.ContainsKey(one.SysfsPath):
                See(one.SysfsPath, UsbAction.Change, told);
                break;
            case "remove" when _known.Remove(one.SysfsPath, out var gone):
                told(Event(UsbAction.Remove, gone));
                break;
        }
    }

    private void See(string sysfsPath, UsbAction action, Action<UsbDeviceEvent> told)
    {
        // Gone again before it was looked at: the message about that follows.
        if (!Look().TryGetValue(sysfsPath, out var device)) return;
        _known[sysfsPath] = device;
        told(Event(action, device));
    }

    private void Compare(Action<UsbDeviceEvent> told)
    {
        var now = Look();
        foreach (var (path, device) in _known)
        {
            if (!now.TryGetValue(path, out var same) || !IsSame(device, same)) told(Event(UsbAction.Remove, device));
        }

        foreach (var (path, device) in now)
        {
            if (!_known.TryGetValue(path, out var before) || !IsSame(before, device)) told(Event(UsbAction.Add, device));
        }

        _known = now;
    }

    private static bool IsSame(UsbDevice one, UsbDevice other) =>
        one.DeviceNumber == other.DeviceNumber && one.VendorId == other.VendorId && one.ProductId == other.ProductId;

    private static UsbDeviceEvent Event(UsbAction action, UsbDevice device) => new() { Action = action, Device = device, Time = DateTimeOffset.Now };

    private Dictionary<string, UsbDevice> Look() => UsbDevices.Read(_root).DistinctBy(device => device.SysfsPath).ToDictionary(device => device.SysfsPath);
}
