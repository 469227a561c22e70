using System.Text.Json;

namespace QemuPS.Machines;

/// <summary>Reads an agent's answer as a stranger's: a member that is not there, or is of another kind, is null.</summary>
internal static class AgentAnswer
{
    public static string? Text(this JsonElement element, string name) => element.Member(name) is { ValueKind: JsonValueKind.String } member ? member.GetString() : null;

    public static bool Flag(this JsonElement element, string name) => element.Member(name) is { ValueKind: JsonValueKind.True };

    public static long? Number(this JsonElement element, string name) => element.Member(name) is { ValueKind: JsonValueKind.Number } member && member.TryGetInt64(out var number) ? number : null;

    public static ulong? Unsigned(this JsonElement element, string name) => element.Member(name) is { ValueKind: JsonValueKind.Number } member && member.TryGetUInt64(out var number) ? number : null;

    public static double? Fraction(this JsonElement element, string name) => element.Member(name) is { ValueKind: JsonValueKind.Number } member ? member.GetDouble() : null;

    public static IEnumerable<JsonElement> Items(this JsonElement element, string name) => element.Member(name) is { ValueKind: JsonValueKind.Array } member ? member.EnumerateArray() : [];

    /// <summary>Bytes in base64; empty where there are none.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.GuestAgentCommandFailed"/> when the text is not base64.</exception>
    public static byte[] Bytes(this JsonElement element, string name)
    {
        if (element.Member(name) is not { ValueKind: JsonValueKind.String } member) return [];
        return member.TryGetBytesFromBase64(out var bytes) ? bytes : throw new QemuException(ErrorId.GuestAgentCommandFailed, $"The guest's agent sent '{name}', which is not base64.");
    }

    private static JsonElement? Member(this JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var member) ? member : null;
}
