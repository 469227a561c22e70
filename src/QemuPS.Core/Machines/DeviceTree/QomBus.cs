namespace QemuPS.Machines;

/// <summary>A bus of QEMU's device tree.</summary>
/// <param name="Path">Its path in the object model.</param>
/// <param name="Type">Its type: <c>PCIE</c>.</param>
/// <param name="Places">How places on it are told.</param>
/// <param name="Owner">The device that has it; null for the machine's own.</param>
internal sealed record QomBus(string Path, string Type, BusPlaces Places, QomDevice? Owner)
{
    /// <summary>QEMU's name of it: the last word of its path (hw/core/bus.c, qbus_init_internal), but for the one that has no device above it.</summary>
    public string Name => Owner is null ? "main-system-bus" : Path[(Path.LastIndexOf('/') + 1)..];
}

/// <summary>A device of QEMU's device tree.</summary>
/// <param name="Path">Its path in the object model.</param>
/// <param name="Type">Its type: QEMU's name of the driver.</param>
/// <param name="Bus">The bus it is on.</param>
/// <param name="Number">The number it has there, in the order of coming.</param>
/// <param name="Hotpluggable">QEMU would take it out.</param>
/// <param name="Place">Where on the bus it is; empty where the bus has no places.</param>
internal sealed record QomDevice(string Path, string Type, QomBus Bus, int Number, bool Hotpluggable, IReadOnlyList<int> Place)
{
    private const string Named = HotPlug.Devices + "/";

    /// <summary>The buses it has.</summary>
    public IReadOnlyList<QomBus> Buses { get; init; } = [];

    /// <summary>Its id: what was given one lies in a container of its own under that name (softmmu/qdev-monitor.c, qdev_set_id).</summary>
    public string? Id => Path.StartsWith(Named, StringComparison.Ordinal) && Path.IndexOf('/', Named.Length) < 0 ? Path[Named.Length..] : null;
}
