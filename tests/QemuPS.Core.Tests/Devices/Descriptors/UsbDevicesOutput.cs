using System.Globalization;
using System.Text.RegularExpressions;

namespace QemuPS.Tests.Devices.Descriptors;

/// <summary>What <c>usb-devices</c> prints of the devices themselves, and the same of ours.</summary>
internal static partial class UsbDevicesOutput
{
    /// <summary>The fields of each device by its place, <c>001/002</c>.</summary>
    public static Dictionary<string, Dictionary<string, string>> Parse(string output)
    {
        var devices = new Dictionary<string, Dictionary<string, string>>();
        foreach (var block in output.Split("\n\n", StringSplitOptions.RemoveEmptyEntries))
        {
            var fields = new Dictionary<string, string>();
            foreach (var line in block.Split('\n').Where(line => line.Length > 3 && line[1] == ':' && line[0] != 'I'))
            {
                if (line[0] == 'S') Add(fields, Text().Match(line));
                else foreach (var match in Field().Matches(line[3..]).Cast<Match>()) Add(fields, match);
            }

            if (fields.TryGetValue("Dev#", out var number)) devices[$"{Number(fields["Bus"]):d3}/{Number(number):d3}"] = fields;
        }

        return devices;
    }

    /// <summary>Our device in the words of usb-devices; what it does not know is left out.</summary>
    public static IEnumerable<(string Field, string Value)> Of(UsbDevice device)
    {
        yield return ("Lev", Two(device.Port is null ? 0 : device.Port.Split('.').Length));
        yield return ("Spd", device.Speed?.ToString(CultureInfo.InvariantCulture) ?? "");
        yield return ("Vendor", device.VendorId);
        yield return ("ProdID", device.ProductId);
        yield return ("Manufacturer", device.Manufacturer ?? "");
        yield return ("Product", device.Product ?? "");
        yield return ("SerialNumber", device.SerialNumber ?? "");
        if (device.MaxPowerMilliamperes is { } power) yield return ("MxPwr", $"{power}mA");
        if (device.Descriptors?.Device is not { } own) yield break;
        yield return ("Ver", own.UsbVersion);
        yield return ("Cls", ((int)own.Class).ToString("x2", CultureInfo.InvariantCulture));
        yield return ("Sub", own.SubClass.ToString("x2", CultureInfo.InvariantCulture));
        yield return ("Prot", own.Protocol.ToString("x2", CultureInfo.InvariantCulture));
        yield return ("MxPS", own.MaxPacketSize0.ToString(CultureInfo.InvariantCulture));
        yield return ("#Cfgs", own.ConfigurationCount.ToString(CultureInfo.InvariantCulture));
        yield return ("Rev", own.DeviceVersion.PadLeft(5, '0'));
        if (device.Configurations is [{ } only])
        {
            yield return ("#Ifs", only.InterfaceCount.ToString(CultureInfo.InvariantCulture));
            yield return ("Cfg#", only.Number.ToString(CultureInfo.InvariantCulture));
            yield return ("Atr", only.Attributes.ToString("x2", CultureInfo.InvariantCulture));
        }
    }

    private static void Add(Dictionary<string, string> fields, Match match)
    {
        if (match.Success) fields[match.Groups["name"].Value] = match.Groups["value"].Value.Trim();
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private static string Two(int number) => number.ToString("d2", CultureInfo.InvariantCulture);

    [GeneratedRegex(@"(?<name>[#A-Za-z]+#?)= *(?<value>[^ (]+)")]
    private static partial Regex Field();

    [GeneratedRegex(@"^S:  (?<name>\w+)=(?<value>.*)$")]
    private static partial Regex Text();
}
