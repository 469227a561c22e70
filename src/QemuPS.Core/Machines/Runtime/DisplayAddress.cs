using System.Text.Json;

namespace QemuPS.Machines;

/// <summary>Where a display can be seen, from what QEMU tells of it.</summary>
internal static class DisplayAddress
{
    /// <summary>Of <c>query-vnc</c>: <c>vnc://127.0.0.1:5905</c>, or <c>vnc+unix:///run/vnc.sock</c>.</summary>
    public static string? OfVnc(JsonElement vnc)
    {
        if (!IsEnabled(vnc)) return null;
        var service = vnc.GetProperty("service").GetString()!;
        return vnc.GetProperty("family").GetString() == "unix" ? "vnc+unix://" + service : Make("vnc", vnc.GetProperty("host").GetString()!, service);
    }

    /// <summary>Of <c>query-spice</c>: <c>spice://127.0.0.1:5930</c>; with TLS alone <c>spice+tls://</c>.</summary>
    public static string? OfSpice(JsonElement spice)
    {
        if (!IsEnabled(spice)) return null;
        var host = spice.GetProperty("host").GetString()!;
        if (spice.TryGetProperty("port", out var port)) return Make("spice", host, port.ToString());
        return spice.TryGetProperty("tls-port", out var secure) ? Make("spice+tls", host, secure.ToString()) : null;
    }

    private static bool IsEnabled(JsonElement display) => display.ValueKind == JsonValueKind.Object && display.GetProperty("enabled").GetBoolean() && display.TryGetProperty("host", out _);

    // Who listens at all addresses is reached at the loopback one.
    private static string Make(string scheme, string host, string port)
    {
        var reachable = host switch { "0.0.0.0" or "*" => "127.0.0.1", "::" => "::1", _ => host };
        return reachable.Contains(':', StringComparison.Ordinal) ? $"{scheme}://[{reachable}]:{port}" : $"{scheme}://{reachable}:{port}";
    }
}
