namespace QemuPS.Devices.Pci;

/// <summary>
/// Gives devices another driver by their addresses (Documentation/ABI/testing/sysfs-bus-pci, driver_override). Vendor and
/// device numbers (<c>new_id</c>, <c>vfio-pci.ids</c>) are never used: two cards of one kind have the same. Every write is
/// read back; when one device fails, those that were moved before it go back.
/// </summary>
/// <param name="root">The host.</param>
/// <param name="kernel">The way to change it.</param>
public sealed class PciDriverChange(SysfsRoot root, IKernelWriter kernel)
{
    internal const string Probe = "/sys/bus/pci/drivers_probe";
    private const string Drivers = "/sys/bus/pci/drivers";

    /// <summary>Carries a plan out.</summary>
    /// <returns>The devices as they are then.</returns>
    /// <exception cref="QemuException"><see cref="ErrorId.PciDriverNotFound"/>, <see cref="ErrorId.PciDriverFailed"/>, <see cref="ErrorId.PciDriverTimeout"/>,
    /// <see cref="ErrorId.AccessDenied"/>. The message says how the devices were left where they could not be put back.</exception>
    public async Task<IReadOnlyList<PciDevice>> RunAsync(PciDriverPlan plan, IFeedback feedback, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(feedback);
        if (plan.Request.Driver is { } driver) await RequireDriverAsync(driver, cancellation).ConfigureAwait(false);
        var moved = new List<PciDevice>();
        try
        {
            foreach (var device in plan.Devices)
            {
                moved.Add(device);
                await MoveAsync(device, plan.Request.Driver, plan.Request.Limit, feedback, cancellation).ConfigureAwait(false);
            }
        }
        catch (Exception error) when (error is QemuException or OperationCanceledException)
        {
            throw await GoBackAsync(moved, error, plan.Request.Limit, feedback).ConfigureAwait(false);
        }

        var now = PciDevices.Read(root);
        return [.. plan.Devices.Select(device => PciDevices.At(now, device.Address)).OfType<PciDevice>()];
    }

    /// <summary>Gives the devices of a plan what they had before it was carried out.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.PciDriverFailed"/>, <see cref="ErrorId.PciDriverTimeout"/></exception>
    public async Task UndoAsync(PciDriverPlan plan, IFeedback feedback)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(feedback);
        foreach (var device in plan.Devices.Reverse()) await RestoreAsync(device, plan.Request.Limit, feedback).ConfigureAwait(false);
    }

    private async Task RequireDriverAsync(string driver, CancellationToken cancellation)
    {
        if (driver.Contains('/', StringComparison.Ordinal) || driver is "." or "..") throw NoDriver(driver, "it is no name of a driver");
        if (root.Exists($"{Drivers}/{driver}")) return;
        var reason = await kernel.LoadModuleAsync(driver, cancellation).ConfigureAwait(false);
        if (reason is not null || !root.Exists($"{Drivers}/{driver}")) throw NoDriver(driver, reason ?? "its module has no driver of that name");
    }

    private async Task MoveAsync(PciDevice device, string? driver, TimeSpan limit, IFeedback feedback, CancellationToken cancellation)
    {
        await OverrideAsync(device, driver, limit, cancellation).ConfigureAwait(false);
        // The default is the kernel's choice: a driver of the host that has the device is that already.
        if (driver is not null || PciDrivers.IsPlaceholder(DriverOf(device))) await UnbindAsync(device, driver, limit, feedback, cancellation).ConfigureAwait(false);
        if (DriverOf(device) is null) await ProbeAsync(device, driver, limit, feedback, cancellation).ConfigureAwait(false);
        var now = DriverOf(device);
        if (driver is null ? PciDrivers.IsPlaceholder(now) : now != driver) throw Failed(device, $"it has {Named(now)}, not {Named(driver)}");
        if (now is null) feedback.Warning($"{device} has no driver now: the kernel has none for it.");
        feedback.Verbose($"{device} has {Named(now)}.");
    }

    // A newline clears it; nothing at all would change nothing.
    private async Task OverrideAsync(PciDevice device, string? driver, TimeSpan limit, CancellationToken cancellation)
    {
        var path = $"{device.SysfsPath}/driver_override";
        await WriteAsync(device, path, $"{driver}\n", limit, cancellation).ConfigureAwait(false);
        var told = OverrideOf(device);
        if (told != driver) throw Failed(device, $"its driver_override is {Named(told)} after {Named(driver)} was written to it");
    }

    private async Task UnbindAsync(PciDevice device, string? driver, TimeSpan limit, IFeedback feedback, CancellationToken cancellation)
    {
        if (DriverOf(device) is not { } bound || bound == driver) return;
        feedback.Verbose($"Unbinding {device} from {bound}.");
        await WriteAsync(device, $"{Drivers}/{bound}/unbind", device.Address, limit, cancellation).ConfigureAwait(false);
        if (DriverOf(device) is { } still) throw Failed(device, $"{still} did not let go of it");
    }

    private async Task ProbeAsync(PciDevice device, string? driver, TimeSpan limit, IFeedback feedback, CancellationToken cancellation)
    {
        await WriteAsync(device, Probe, device.Address, limit, cancellation).ConfigureAwait(false);
        if (driver is not null || DriverOf(device) is not null || root.ReadText($"{device.SysfsPath}/modalias") is not { Length: > 0 } alias) return;
        // Its driver may never have been loaded: udev loads one only when a device appears.
        if (await kernel.LoadModuleAsync(alias, cancellation).ConfigureAwait(false) is { } reason)
        {
            feedback.Verbose($"No module could be loaded for {device}: {reason}");
            return;
        }

        if (DriverOf(device) is null) await WriteAsync(device, Probe, device.Address, limit, cancellation).ConfigureAwait(false);
    }

    private async Task WriteAsync(PciDevice device, string path, string text, TimeSpan limit, CancellationToken cancellation)
    {
        int error;
        try
        {
            error = await kernel.WriteAsync(path, text, limit, cancellation).ConfigureAwait(false);
        }
        catch (TimeoutException late)
        {
            throw new QemuException(
                ErrorId.PciDriverTimeout,
                $"The kernel has not finished '{Path.GetFileName(path)}' for {device} within {limit.TotalSeconds:0.#} s: its driver waits for somebody who uses it.",
                "End the programs that use it: Get-PciDevice " + device.Address + " | Select-Object -ExpandProperty HostUse", late);
        }

        if (error == 0) return;
        if (KernelErrors.Forbidden(error, $"Cannot change the driver of {device}") is { } forbidden) throw forbidden;
        throw error switch
        {
            KernelErrors.NoDevice or KernelErrors.NoSuchFile when !root.Exists(device.SysfsPath) => new QemuException(ErrorId.PciDeviceNotFound, $"{device} has gone.", "Get-PciDevice"),
            _ => Failed(device, $"{path} answered '{KernelErrors.Name(error)}' to '{text.TrimEnd('\n')}'"),
        };
    }

    // The last of them may have been left half way; a device whose driver hangs is left to it.
    private async Task<Exception> GoBackAsync(List<PciDevice> moved, Exception cause, TimeSpan limit, IFeedback feedback)
    {
        var stuck = cause is QemuException { Id: ErrorId.PciDriverTimeout } ? moved[^1] : null;
        var lost = new List<string>();
        if (stuck is not null) lost.Add($"{stuck.Address} is in the hands of its driver");
        foreach (var device in moved.Where(device => device != stuck).Reverse())
        {
            try
            {
                await RestoreAsync(device, limit, feedback).ConfigureAwait(false);
            }
            catch (QemuException error)
            {
                lost.Add($"{device.Address} could not go back to {Named(device.Driver)}: {error.Message}");
            }
        }

        if (lost.Count == 0 || cause is not QemuException failure) return cause;
        return new QemuException(failure.Id, $"{failure.Message} What could not be undone: {string.Join("; ", lost)}.", failure.RecommendedAction, failure);
    }

    private async Task RestoreAsync(PciDevice device, TimeSpan limit, IFeedback feedback)
    {
        if (!root.Exists(device.SysfsPath) || (DriverOf(device) == device.Driver && OverrideOf(device) == device.DriverOverride)) return;
        await OverrideAsync(device, device.Driver, limit, CancellationToken.None).ConfigureAwait(false);
        await UnbindAsync(device, device.Driver, limit, feedback, CancellationToken.None).ConfigureAwait(false);
        if (device.Driver is { } driver && DriverOf(device) != driver) await WriteAsync(device, Probe, device.Address, limit, CancellationToken.None).ConfigureAwait(false);
        await OverrideAsync(device, device.DriverOverride, limit, CancellationToken.None).ConfigureAwait(false);
        if (DriverOf(device) != device.Driver) throw Failed(device, $"it has {Named(DriverOf(device))}");
        feedback.Verbose($"{device} is back at {Named(device.Driver)}.");
    }

    private string? OverrideOf(PciDevice device) => root.ReadText($"{device.SysfsPath}/driver_override") is { Length: > 0 } text and not "(null)" ? text : null;

    private string? DriverOf(PciDevice device) => root.Open(device.SysfsPath)?.LinkName("driver");

    private static string Named(string? driver) => driver is null ? "no driver" : $"the driver {driver}";

    private static QemuException Failed(PciDevice device, string reason) => new(ErrorId.PciDriverFailed, $"The driver of {device} could not be changed: {reason}.", "sudo dmesg | tail");

    private static QemuException NoDriver(string driver, string reason) =>
        new(ErrorId.PciDriverNotFound, $"The kernel has no PCI driver '{driver}': {reason}.", $"sudo modprobe {Processes.ShellQuoting.Bash(driver)}");
}
