using System.Text.Json.Nodes;

namespace QemuPS.Machines;

/// <summary>The arguments for network adapters: a backend and a device each.</summary>
internal static class NetworkArguments
{
    public static IReadOnlyList<string> Build(VmDefinition definition) =>
        definition.NetworkAdapters
            .SelectMany(adapter => new[] { "-netdev", QemuOption.Json(Backend(adapter)), "-device", QemuOption.Json(Device(definition, adapter)) })
            .ToList();

    private static JsonObject Backend(VmNetworkAdapter adapter)
    {
        var backend = new JsonObject { ["type"] = "user", ["id"] = adapter.Id };
        if (adapter.NetworkAddress is { } network) backend["net"] = network;
        if (adapter.DhcpStart is { } start) backend["dhcpstart"] = start;
        if (adapter.PortForwards.Count > 0) backend["hostfwd"] = new JsonArray([.. adapter.PortForwards.Select(Forward)]);
        return backend;
    }

    // hostfwd is a list of strings wrapped in objects (qapi/net.json, String).
    private static JsonObject Forward(VmPortForward forward) => new()
    {
        ["str"] = $"{forward.Protocol.ToString().ToLowerInvariant()}:{forward.HostAddress}:{forward.HostPort}-:{forward.GuestPort}",
    };

    private static JsonObject Device(VmDefinition definition, VmNetworkAdapter adapter)
    {
        var device = new JsonObject
        {
            ["driver"] = adapter.Model,
            ["id"] = $"{adapter.Id}-adapter",
            ["netdev"] = adapter.Id,
            ["mac"] = adapter.MacAddress,
        };
        if (BootOrder.IndexOf(definition, adapter) is { } index) device["bootindex"] = index;
        return device;
    }
}
