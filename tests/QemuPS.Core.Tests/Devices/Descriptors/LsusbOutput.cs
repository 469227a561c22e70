using System.Globalization;
using System.Text.RegularExpressions;

namespace QemuPS.Tests.Devices.Descriptors;

/// <summary>A field of a descriptor as both sides write it down for the comparison.</summary>
internal readonly record struct ComparedField(string Label, string Value)
{
    public override string ToString() => $"{Label}={Value}";
}

/// <summary>What <c>lsusb -v</c> prints, as a list of fields for each device.</summary>
internal static partial class LsusbOutput
{
    // Words for numbers, and lines that lsusb makes up itself.
    private static readonly HashSet<string> TextOnly =
        ["bClassGetResponse", "bClassEnvelope", "wlcdLayout", "bLength", "bDescriptorType", "bDescriptorSubtype", "wDescriptorLength?"];

    private static readonly HashSet<string> BareHex = ["dwSyncProtocols", "dwMechanical", "dwFeatures"];

    // lsusb's own names for fields that the specifications call otherwise.
    private static readonly Dictionary<string, string> Renamed = new()
    {
        ["iSerial"] = "iSerialNumber",
        ["nMaxSlotIndex"] = "bMaxSlotIndex",
        ["dwMaxiumumClock"] = "dwMaximumClock",
        ["bNumDataRatesSupp."] = "bNumDataRatesSupported",
        ["dwSyncProtocols"] = "dwSynchProtocols",
        ["dwMaxCCIDMsgLen"] = "dwMaxCCIDMessageLength",
        ["iEndpoint"] = "iEndpoint",
    };

    /// <summary>The fields of each device by its place, <c>001/002</c>.</summary>
    public static Dictionary<string, List<ComparedField>> Parse(string output)
    {
        var devices = new Dictionary<string, List<ComparedField>>();
        List<ComparedField>? fields = null;
        foreach (var line in output.Split('\n'))
        {
            if (Header().Match(line) is { Success: true } header)
            {
                fields = devices[$"{header.Groups[1].Value}/{header.Groups[2].Value}"] = [];
            }
            else if (Line().Match(line) is { Success: true } match && fields is not null)
            {
                Add(fields, match.Groups["label"].Value.Replace(" ", "").Replace('[', '(').Replace(']', ')'), match.Groups["value"].Value);
            }
        }

        return devices;
    }

    private static void Add(List<ComparedField> fields, string label, string value)
    {
        if (TextOnly.Contains(label)) return;
        var written = BareHex.Contains(label) ? "0x" + value : value;
        fields.Add(new ComparedField(Renamed.GetValueOrDefault(label, label), Number(written)));
    }

    private static string Number(string value) => value switch
    {
        _ when value.StartsWith("0x", StringComparison.Ordinal) => long.Parse(value.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture).ToString(CultureInfo.InvariantCulture),
        _ when value.EndsWith("MHz", StringComparison.Ordinal) => ((long)Math.Round(double.Parse(value.AsSpan(0, value.Length - 3), CultureInfo.InvariantCulture) * 1e6)).ToString(CultureInfo.InvariantCulture),
        _ when value.EndsWith("mA", StringComparison.Ordinal) => value[..^2],
        _ => value,
    };

    [GeneratedRegex(@"^Bus (\d{3}) Device (\d{3}):")]
    private static partial Regex Header();

    [GeneratedRegex(@"^\s+(?<label>(?:b|i|w|d|t|id|guid|Ba|nMax)[A-Z]?[a-zA-Z]*[A-Z][A-Za-z.0-9]*(?:[(\[] ?\d+[)\]])?|MaxPower|bcd[A-Z]\w*)\s*(?<value>0x[0-9a-f]+|\{[0-9a-f-]+\}|[0-9A-F]{8}(?= |$)|[0-9.]+(?:MHz|mA)?)")]
    private static partial Regex Line();
}
