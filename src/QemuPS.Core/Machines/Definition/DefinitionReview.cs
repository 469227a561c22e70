namespace QemuPS.Machines;

/// <summary>
/// What in a definition reaches beyond the machine itself: who gets one from a stranger has to see it before he starts it.
/// </summary>
public static class DefinitionReview
{
    /// <summary>Each such thing in a sentence; none where the machine keeps to itself.</summary>
    /// <param name="definition">The definition.</param>
    /// <param name="folder">The machine's own folder, in which files are its own business.</param>
    public static IReadOnlyList<string> Find(VmDefinition definition, string folder)
    {
        ArgumentNullException.ThrowIfNull(definition);
        return
        [
            ..DefinitionPaths.Of(definition).Where(path => !DefinitionPaths.IsBelow(path.Path, folder)).Select(path => $"{path.Member} is a file of this host: {path.Path}"),
            .. MachineOptions(definition),
            .. definition.UsbDevices.Select(device => $"it gets a USB device of this host: {device.Match}"),
            .. definition.PciDevices.Select(device => $"it gets a PCI device of this host: {device}"),
            .. definition.SharedFolders.Where(share => !share.ReadOnly).Select(share => $"its guest can write to a folder of this host: {share.Path}"),
            .. Listeners(definition),
            .. definition.NetworkAdapters.Where(adapter => adapter.Network != VmNetwork.User).Select(adapter => $"its network adapter '{adapter.Id}' is connected to {Peer(adapter)}"),
            .. Displays(definition),
            .. definition.Sandbox == false ? ["QEMU runs without its sandbox"] : Array.Empty<string>(),
            .. ArgumentReview.Find(definition.QemuArgument),
        ];
    }

    // The machine type is the first word of -machine, and what follows it are options, some of them files.
    private static IEnumerable<string> MachineOptions(VmDefinition definition) =>
        definition.MachineType.Contains(',', StringComparison.Ordinal) ? [$"machineType has options for QEMU: {definition.MachineType}"] : [];

    private static IEnumerable<string> Listeners(VmDefinition definition) =>
        definition.NetworkAdapters.SelectMany(adapter => adapter.PortForwards)
            .Where(forward => !forward.HostAddress.StartsWith("127.", StringComparison.Ordinal))
            .Select(forward => $"other hosts can reach the port {forward}");

    private static string Peer(VmNetworkAdapter adapter) => adapter.Network switch
    {
        VmNetwork.Bridge => $"this host's bridge {adapter.Bridge}",
        VmNetwork.Tap => $"this host's tap device {adapter.TapName}",
        _ => string.Join(" and ", new[] { adapter.LocalEndpoint, adapter.RemoteEndpoint }.OfType<string>()),
    };

    // On a socket it is its user's alone; a port can be reached by who else is on this host.
    private static IEnumerable<string> Displays(VmDefinition definition) =>
        definition is { Display: VmDisplay.Vnc or VmDisplay.Spice, DisplayPort: { } port }
            ? [$"its display is at a port of this host: {(port == 0 ? "a free one of 127.0.0.1" : $"127.0.0.1:{port}")}"]
            : [];
}
