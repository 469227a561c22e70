using System.Text.Json.Nodes;

namespace QemuPS.Machines;

/// <summary>The arguments for network adapters: a backend and a device each, and a filter where the traffic is captured (qapi/net.json).</summary>
internal static class NetworkArguments
{
    public static IReadOnlyList<string> Build(VmDefinition definition) => definition.NetworkAdapters.SelectMany(adapter => Build(definition, adapter)).ToList();

    /// <summary>The device's id.</summary>
    public static string DeviceId(string id) => id + "-adapter";

    /// <summary>The capturing filter's id.</summary>
    public static string CaptureId(string id) => id + "-capture";

    /// <summary>The backend: what the adapter is connected to.</summary>
    public static JsonObject Backend(VmNetworkAdapter adapter)
    {
        var backend = new JsonObject { ["type"] = TypeOf(adapter.Network), ["id"] = adapter.Id };
        switch (adapter.Network)
        {
            case VmNetwork.Bridge:
                backend["br"] = adapter.Bridge;
                break;
            case VmNetwork.Tap:
                // The device is there already, configured by whoever made it.
                backend["ifname"] = adapter.TapName;
                backend["script"] = "no";
                backend["downscript"] = "no";
                break;
            case VmNetwork.Stream:
                backend["server"] = adapter.LocalEndpoint is not null;
                backend["addr"] = VmEndpoint.Parse((adapter.LocalEndpoint ?? adapter.RemoteEndpoint)!).ToSocketAddress();
                break;
            case VmNetwork.Dgram:
                if (adapter.LocalEndpoint is { } local) backend["local"] = VmEndpoint.Parse(local).ToSocketAddress();
                backend["remote"] = VmEndpoint.Parse(adapter.RemoteEndpoint!).ToSocketAddress();
                break;
            default:
                AddUserMode(adapter, backend);
                break;
        }

        return backend;
    }

    /// <summary>The device, without its place.</summary>
    public static JsonObject Device(VmDefinition definition, VmNetworkAdapter adapter)
    {
        var device = new JsonObject
        {
            ["driver"] = adapter.Model,
            ["id"] = DeviceId(adapter.Id),
            ["netdev"] = adapter.Id,
            ["mac"] = adapter.MacAddress,
        };
        if (BootOrder.IndexOf(definition, adapter) is { } index) device["bootindex"] = index;
        return device;
    }

    /// <summary>The filter that writes what goes over the wire to a pcap file.</summary>
    public static JsonObject Capture(string id, string path) =>
        new() { ["qom-type"] = "filter-dump", ["id"] = CaptureId(id), ["netdev"] = id, ["file"] = path };

    private static string[] Build(VmDefinition definition, VmNetworkAdapter adapter)
    {
        var device = Device(definition, adapter);
        HotplugPorts.Place(definition, adapter, device);
        string[] arguments = ["-netdev", QemuOption.Json(Backend(adapter)), "-device", QemuOption.Json(device)];
        return adapter.CapturePath is { } path ? [.. arguments, "-object", QemuOption.Json(Capture(adapter.Id, path))] : arguments;
    }

    private static string TypeOf(VmNetwork network) => network.ToString().ToLowerInvariant();

    private static void AddUserMode(VmNetworkAdapter adapter, JsonObject backend)
    {
        if (adapter.NetworkAddress is { } network) backend["net"] = network;
        if (adapter.DhcpStart is { } start) backend["dhcpstart"] = start;
        if (adapter.Restricted) backend["restrict"] = true;
        if (adapter.PortForwards.Count > 0) backend["hostfwd"] = new JsonArray([.. adapter.PortForwards.Select(forward => new JsonObject { ["str"] = Rule(forward) })]);
    }

    /// <summary>A forward as QEMU's <c>hostfwd</c> writes it.</summary>
    public static string Rule(VmPortForward forward) => $"{Listener(forward)}-:{forward.GuestPort}";

    /// <summary>The host's side of a forward.</summary>
    public static string Listener(VmPortForward forward) => $"{forward.Protocol.ToString().ToLowerInvariant()}:{forward.HostAddress}:{forward.HostPort}";
}
