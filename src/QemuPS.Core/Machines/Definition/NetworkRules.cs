namespace QemuPS.Machines;

/// <summary>What must be true of the network adapters of a definition.</summary>
internal static class NetworkRules
{
    /// <summary>The first rule that is broken, or null.</summary>
    public static string? FindFault(VmDefinition definition) =>
        definition.NetworkAdapters.Select(FindFault).FirstOrDefault(fault => fault is not null)
        ?? FindDoubled(definition, adapter => adapter.CapturePath, "write their capture to")
        ?? FindDoubled(definition, adapter => adapter.Port, "sit at the port");

    private static string? FindDoubled(VmDefinition definition, Func<VmNetworkAdapter, string?> member, string does) =>
        definition.NetworkAdapters.Where(adapter => member(adapter) is not null).GroupBy(member).FirstOrDefault(group => group.Count() > 1) is { } group
            ? $"'{group.First().Id}' and '{group.Last().Id}' both {does} '{group.Key}'"
            : null;

    private static string? FindFault(VmNetworkAdapter adapter)
    {
        if (!MacAddress.IsValid(adapter.MacAddress)) return $"macAddress of '{adapter.Id}' is '{adapter.MacAddress}', not six bytes of an adapter's own, as 52:54:00:12:34:56";
        if (adapter.Network != VmNetwork.User && (adapter.PortForwards.Count > 0 || adapter.Restricted)) return $"'{adapter.Id}' has port forwards or is restricted, which only a user-mode network can be";
        if (new[] { adapter.Bridge, adapter.TapName }.FirstOrDefault(name => name is not null && !IsInterfaceName(name)) is { } name) return $"'{name}' of '{adapter.Id}' is not a network device's name";
        return adapter.Network switch
        {
            VmNetwork.None => $"'{adapter.Id}' is connected to nothing; leave the adapter out",
            VmNetwork.Bridge when string.IsNullOrEmpty(adapter.Bridge) => $"'{adapter.Id}' names no bridge",
            VmNetwork.Tap when string.IsNullOrEmpty(adapter.TapName) => $"'{adapter.Id}' names no tap device",
            VmNetwork.Stream when adapter.LocalEndpoint is null == adapter.RemoteEndpoint is null => $"'{adapter.Id}' needs either a localEndpoint to listen at or a remoteEndpoint to connect to",
            VmNetwork.Dgram when FindDgramFault(adapter) is { } fault => $"'{adapter.Id}' {fault}",
            _ => null,
        };
    }

    // dev_valid_name of the kernel (net/core/dev.c).
    private static bool IsInterfaceName(string name) => name is { Length: > 0 and < 16 } and not ("." or "..") && !name.Any(c => c is '/' or ':' || char.IsWhiteSpace(c) || char.IsControl(c));

    // qapi/net.json, NetdevDgramOptions: a unicast socket has both ends, of one kind; of a multicast group only the group.
    private static string? FindDgramFault(VmNetworkAdapter adapter)
    {
        if (adapter.RemoteEndpoint is not { } remote) return "needs a remoteEndpoint";
        var other = VmEndpoint.Parse(remote);
        if (other.IsMulticast) return adapter.LocalEndpoint is null ? null : "has a multicast group and a localEndpoint, which it does not need";
        if (adapter.LocalEndpoint is not { } local) return "needs a localEndpoint as well";
        return (VmEndpoint.Parse(local).Path is null) == (other.Path is null) ? null : "has one endpoint that is a path and one that is an address";
    }
}
