namespace QemuPS;

/// <summary>A machine type of QEMU's (<c>-machine</c>).</summary>
/// <param name="Name">Its name: <c>pc-q35-7.2</c>.</param>
/// <param name="Alias">A shorter name for it, <c>q35</c>; null where there is none.</param>
/// <param name="IsDefault">QEMU takes it where none is named.</param>
/// <param name="IsDeprecated">It will be removed from QEMU.</param>
/// <param name="MaximumProcessorCount">How many processors it can have.</param>
public sealed record QemuMachineType(string Name, string? Alias, bool IsDefault, bool IsDeprecated, int MaximumProcessorCount)
{
    /// <inheritdoc/>
    public override string ToString() => Alias ?? Name;
}

/// <summary>A CPU model of QEMU's (<c>-cpu</c>).</summary>
/// <param name="Name">Its name: <c>max</c>, <c>Skylake-Server-v4</c>.</param>
/// <param name="IsDeprecated">It will be removed from QEMU.</param>
/// <param name="IsMigratable">A guest that has it can be moved to another host and to another QEMU.</param>
public sealed record QemuCpuModel(string Name, bool IsDeprecated, bool IsMigratable)
{
    /// <inheritdoc/>
    public override string ToString() => Name;
}

/// <summary>A device that QEMU can give to a guest (<c>-device</c>).</summary>
/// <param name="Name">Its name: <c>virtio-net-pci</c>.</param>
/// <param name="Alias">Another name for it; null where there is none.</param>
/// <param name="Category">What it is for, in QEMU's words: <c>Network</c>, <c>Storage</c>, <c>Display</c>, ...</param>
/// <param name="Bus">What it is plugged into: <c>PCI</c>, <c>usb-bus</c>; null where it needs no bus.</param>
/// <param name="Description">QEMU's description, where it has one.</param>
public sealed record QemuDeviceModel(string Name, string? Alias, string Category, string? Bus, string? Description)
{
    /// <inheritdoc/>
    public override string ToString() => Name;
}
