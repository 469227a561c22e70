namespace QemuPS.Host;

/// <summary>What one emulator can do, as it says itself.</summary>
public sealed record QemuCapabilities
{
    /// <summary>QEMU's version: <c>7.2.22</c>.</summary>
    public required Version Version { get; init; }

    /// <summary>What its packager calls it.</summary>
    public string Package { get; init; } = "";

    /// <summary>The architecture it emulates, in QEMU's words: <c>x86_64</c>.</summary>
    public required string Target { get; init; }

    /// <summary>Its machine types, those with a short name first.</summary>
    public required IReadOnlyList<QemuMachineType> MachineTypes { get; init; }

    /// <summary>Its CPU models.</summary>
    public required IReadOnlyList<QemuCpuModel> CpuModels { get; init; }

    /// <summary>The accelerators it was built with: <c>kvm</c>, <c>tcg</c>, <c>xen</c>.</summary>
    public required IReadOnlyList<string> Accelerators { get; init; }

    /// <summary>The devices a user can give to a guest.</summary>
    public required IReadOnlyList<QemuDeviceModel> Devices { get; init; }

    /// <summary>The displays it can show a guest's screen on (<c>-display</c>).</summary>
    public required IReadOnlyList<string> Displays { get; init; }

    /// <summary>It can lock itself into a seccomp sandbox (<c>-sandbox</c>).</summary>
    public required bool HasSandbox { get; init; }

    /// <summary>The machine type of a name or short name; null where it has none.</summary>
    public QemuMachineType? FindMachineType(string name) => MachineTypes.FirstOrDefault(type => type.Name == name || type.Alias == name);

    /// <summary>It has a CPU model of that name.</summary>
    public bool HasCpuModel(string name) => CpuModels.Any(model => model.Name == name);

    /// <summary>It has a device of that name, or an alias of it.</summary>
    public bool HasDevice(string name) => Devices.Any(device => device.Name == name || device.Alias == name);
}
