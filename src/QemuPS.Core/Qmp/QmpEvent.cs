using System.Text.Json;

namespace QemuPS.Qmp;

/// <summary>Something QEMU told on its own.</summary>
/// <param name="Name">The event's name: <c>SHUTDOWN</c>, <c>STOP</c>, <c>DEVICE_DELETED</c>, ...</param>
/// <param name="Data">What it carries; an undefined element where it carries nothing.</param>
/// <param name="Timestamp">When QEMU says it happened.</param>
public sealed record QmpEvent(string Name, JsonElement Data, DateTimeOffset Timestamp)
{
    internal static QmpEvent Parse(JsonElement message)
    {
        var time = message.GetProperty("timestamp");
        var seconds = DateTimeOffset.FromUnixTimeSeconds(Math.Max(0, time.GetProperty("seconds").GetInt64()));
        var microseconds = Math.Max(0, time.GetProperty("microseconds").GetInt64());
        return new QmpEvent(
            message.GetProperty("event").GetString()!,
            message.TryGetProperty("data", out var data) ? data : default,
            seconds.AddMicroseconds(microseconds));
    }
}
