using QemuPS.Devices;
using QemuPS.Host;
using QemuPS.Processes;

namespace QemuPS.Machines;

/// <summary>Looks, before a network adapter is added, at what would make QEMU refuse it, with the eyes of the checks before a start.</summary>
internal static class AdapterReadiness
{
    /// <summary>Throws where the host or QEMU is not ready for it. For a machine that does not get it now, the host is only warned of: it may be ready by then.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.NotSupported"/>, <see cref="ErrorId.NetworkUnavailable"/>, <see cref="ErrorId.PortInUse"/>, <see cref="ErrorId.ToolNotFound"/>, <see cref="ErrorId.AccessDenied"/></exception>
    public static async Task RequireAsync(Machine machine, VmDefinition definition, VmNetworkAdapter adapter, bool live, IFeedback feedback, CancellationToken cancellation)
    {
        if (Tool.TryFind(MachineStart.Program) is { } tool) RequireModel(await CapabilityCache.GetAsync(tool, feedback, cancellation).ConfigureAwait(false), adapter.Model);
        // Only what is new is looked at.
        var alone = new VmDefinition { Name = definition.Name, MachineType = definition.MachineType, NetworkAdapters = [adapter] };
        var subject = new PreflightSubject(machine, alone, SysfsRoot.FromEnvironment(), emulator: null);
        foreach (var finding in NetworkPreflight.Examine(subject).Where(finding => finding.IsFailure))
        {
            if (live) throw finding.ToException();
            feedback.Warning($"{finding.Check.Detail} Until that is so, '{machine.Name}' does not start{(finding.Check.FixCommand is { } command ? $": {command}" : ".")}");
        }

        if (live && PortPreflight.Examine(subject).FirstOrDefault(finding => finding.IsFailure) is { } port) throw port.ToException();
    }

    private static void RequireModel(QemuCapabilities emulator, string model)
    {
        var models = emulator.Devices.Where(device => device is { Category: "Network", Bus: "PCI" }).ToList();
        if (models.Any(device => device.Name == model || device.Alias == model)) return;
        throw new QemuException(ErrorId.NotSupported, $"QEMU {emulator.Version} has no network adapter '{model}' for PCI.", $"It has: {string.Join(", ", models.Select(device => device.Name))}.");
    }
}
