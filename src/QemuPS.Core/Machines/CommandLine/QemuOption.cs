using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace QemuPS.Machines;

/// <summary>Writes the values of QEMU's options: <c>key=value,...</c> lists and JSON.</summary>
internal static class QemuOption
{
    // The argument goes to QEMU as it is; only what JSON itself needs is escaped, so that people can read it.
    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>A value inside a list: a comma is doubled (docs/system/invocation of QEMU, "-name").</summary>
    public static string Escape(string value) => value.Replace(",", ",,", StringComparison.Ordinal);

    /// <summary>A JSON value.</summary>
    public static string Json(JsonObject value) => value.ToJsonString(Readable);

    /// <summary>A size in the largest unit that holds it whole: <c>4G</c>, <c>1536M</c>.</summary>
    public static string Size(ulong bytes)
    {
        const int gigabyte = 30;
        const int megabyte = 20;
        return bytes % (1UL << gigabyte) == 0
            ? (bytes >> gigabyte).ToString(CultureInfo.InvariantCulture) + "G"
            : (bytes >> megabyte).ToString(CultureInfo.InvariantCulture) + "M";
    }
}
