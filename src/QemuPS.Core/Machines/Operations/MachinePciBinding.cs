using QemuPS.Devices;
using QemuPS.Devices.Pci;

namespace QemuPS.Machines;

/// <summary>Gives PCI devices of the host to machines, with vfio-pci as their driver.</summary>
public static class MachinePciBinding
{
    /// <summary>Carries a change of drivers out and gives the devices to a machine. Where that fails the devices go back to what they had.</summary>
    /// <param name="root">The host.</param>
    /// <param name="machine">The machine.</param>
    /// <param name="addition">What it gets.</param>
    /// <param name="plan">The change of drivers.</param>
    /// <param name="feedback">Hears what is done.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="QemuException">What <see cref="PciDriverChange.RunAsync"/> and <see cref="MachinePci.AddAsync"/> throw.</exception>
    public static async Task<IReadOnlyList<VmPciPassthrough>> AddAsync(
        SysfsRoot root, Machine machine, PciAddition addition, PciDriverPlan plan, IFeedback feedback, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(root);
        ArgumentNullException.ThrowIfNull(addition);
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(feedback);
        if (plan.Devices.Count == 0) return await MachinePci.AddAsync(machine, addition, feedback, cancellation).ConfigureAwait(false);
        foreach (var warning in plan.Warnings) feedback.Warning(warning);
        var change = new PciDriverChange(root, KernelWriter.For(root));
        await change.RunAsync(plan, feedback, cancellation).ConfigureAwait(false);
        try
        {
            // What the host used them for is over.
            var bound = addition with { Devices = [.. addition.Devices.Select(device => PciDevices.Find(root, device.Address) ?? device)] };
            return await MachinePci.AddAsync(machine, bound, feedback, cancellation).ConfigureAwait(false);
        }
        catch (Exception error) when (error is QemuException or OperationCanceledException)
        {
            await change.UndoAsync(plan, feedback).ConfigureAwait(false);
            throw;
        }
    }
}
