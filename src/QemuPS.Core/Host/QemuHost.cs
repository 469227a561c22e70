namespace QemuPS;

/// <summary>What this host can run machines with.</summary>
public sealed record QemuHost
{
    /// <summary>The architecture that is emulated: <c>x86_64</c>.</summary>
    public required string Architecture { get; init; }

    /// <summary>The emulator the rest is about.</summary>
    public required string Path { get; init; }

    /// <summary>QEMU's version: <c>7.2.22</c>.</summary>
    public required Version Version { get; init; }

    /// <summary>What its packager calls it.</summary>
    public required string Package { get; init; }

    /// <summary>All emulators that are installed.</summary>
    public required IReadOnlyList<QemuBinary> Binaries { get; init; }

    /// <summary>The emulator's machine types, those with a short name first.</summary>
    public required IReadOnlyList<QemuMachineType> MachineTypes { get; init; }

    /// <summary>The emulator's CPU models.</summary>
    public required IReadOnlyList<QemuCpuModel> CpuModels { get; init; }

    /// <summary>The accelerators it was built with; <c>Test-KvmEnabled</c> tells whether KVM works.</summary>
    public required IReadOnlyList<string> Accelerators { get; init; }

    /// <summary>The devices that can be given to a guest.</summary>
    public required IReadOnlyList<QemuDeviceModel> Devices { get; init; }

    /// <summary>The firmware made for this architecture, in the order in which it is tried.</summary>
    public required IReadOnlyList<QemuFirmware> Firmware { get; init; }

    /// <summary>The displays a guest's screen can be shown on.</summary>
    public required IReadOnlyList<string> Displays { get; init; }

    /// <summary>It can lock itself into a seccomp sandbox.</summary>
    public required bool HasSandbox { get; init; }

    /// <summary>The host's network bridges.</summary>
    public required IReadOnlyList<string> Bridges { get; init; }

    /// <summary>Where the programs are that QEMU works with, by their names; null where one is not installed.</summary>
    public required IReadOnlyDictionary<string, string?> HelperPaths { get; init; }

    /// <summary>The folder of the definitions.</summary>
    public string? StorePath { get; init; }

    /// <summary>The folder of the running machines.</summary>
    public string? RuntimePath { get; init; }

    /// <summary>The QMP schema, with <c>-Schema</c>.</summary>
    public object? Schema { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"QEMU {Version} {Architecture}";
}
