using QemuPS.Devices;

namespace QemuPS.Host;

/// <summary>Describes a host by its emulators.</summary>
public static class HostReader
{
    /// <summary>What the host can do with the emulator of an architecture.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.ToolNotFound"/>, <see cref="ErrorId.ToolFailed"/></exception>
    public static async Task<QemuHost> ReadAsync(SysfsRoot root, string architecture, bool withSchema, IFeedback feedback, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(root);
        var emulator = Emulators.For(architecture);
        var capabilities = await CapabilityCache.GetAsync(emulator, feedback, cancellation).ConfigureAwait(false);
        return new QemuHost
        {
            Architecture = architecture,
            Path = emulator.Path,
            Version = capabilities.Version,
            Package = capabilities.Package,
            Binaries = Emulators.Installed(),
            MachineTypes = capabilities.MachineTypes,
            CpuModels = capabilities.CpuModels,
            Accelerators = capabilities.Accelerators,
            Devices = capabilities.Devices,
            Firmware = [.. FirmwareDescriptors.Read(root, feedback).Where(firmware => firmware.Targets.Any(target => target.Architecture == capabilities.Target))],
            Displays = capabilities.Displays,
            HasSandbox = capabilities.HasSandbox,
            Bridges = Bridges(root),
            HelperPaths = HelperPrograms.Find(),
            Schema = withSchema ? JsonValue.ToObject(await CapabilityQuery.AskSchemaAsync(emulator, cancellation).ConfigureAwait(false)) : null,
        };
    }

    /// <summary>The host's network bridges; a bridge has a folder of that name (Documentation/ABI/testing/sysfs-class-net).</summary>
    public static IReadOnlyList<string> Bridges(SysfsRoot root)
    {
        ArgumentNullException.ThrowIfNull(root);
        return [.. root.List("/sys/class/net").Where(name => root.Exists($"/sys/class/net/{name}/bridge"))];
    }
}
