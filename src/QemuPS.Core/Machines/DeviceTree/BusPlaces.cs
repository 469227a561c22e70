using System.Globalization;
using System.Text.Json;

namespace QemuPS.Machines;

/// <summary>How the places on a kind of bus are told: the properties that its devices have for it, and the text of their values.</summary>
/// <param name="Properties">The properties.</param>
/// <param name="ToText">The text; null where the values are none that stand for a place.</param>
internal sealed record BusPlaces(IReadOnlyList<string> Properties, Func<IReadOnlyList<int>, string?> ToText)
{
    private const int FunctionBits = 3;
    private const int LastPort = 0xffff;

    /// <summary>PCI and what is like it: slot and function in one number (include/hw/pci/pci.h, PCI_DEVFN).</summary>
    public static readonly BusPlaces Pci = new(["addr"], place => string.Create(CultureInfo.InvariantCulture, $"{Slot(place[0]):x2}.{Function(place[0])}"));

    private static readonly BusPlaces None = new([], _ => null);

    private static readonly Dictionary<string, BusPlaces> ByType = new(StringComparer.Ordinal)
    {
        ["usb-bus"] = new(["port"], ports => string.Join('.', ports)),
        ["SCSI"] = new(["channel", "scsi-id", "lun"], numbers => string.Join(':', numbers)),
        ["IDE"] = new(["unit"], Decimal),
        ["floppy-bus"] = new(["unit"], Decimal),
        ["virtio-serial-bus"] = new(["nr"], Decimal),
        ["HDA"] = new(["cad"], Decimal),
        ["ISA"] = new(["iobase"], place => place[0] is > 0 and <= LastPort ? Hexadecimal(place) : null),
        ["i2c-bus"] = new(["address"], Hexadecimal),
    };

    public static BusPlaces Of(string busType) => ByType.GetValueOrDefault(busType) ?? None;

    public static int Slot(int address) => address >> FunctionBits;

    public static int Function(int address) => address & ((1 << FunctionBits) - 1);

    /// <summary>The values of the properties as numbers; empty where the device has not got all of them.</summary>
    public static IReadOnlyList<int> Read(IReadOnlyList<JsonElement> values)
    {
        var numbers = values.Select(Numbers).ToList();
        return numbers.Exists(each => each.Count == 0) ? [] : [.. numbers.SelectMany(each => each)];
    }

    private static IReadOnlyList<int> Numbers(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number => value.TryGetInt32(out var number) ? [number] : [],
        // The ports on the way to a USB device: 1.2.
        JsonValueKind.String => Ports(value.GetString()!.Split('.')),
        _ => [],
    };

    private static int[] Ports(string[] words) =>
        Array.TrueForAll(words, word => int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out _))
            ? Array.ConvertAll(words, word => int.Parse(word, NumberStyles.None, CultureInfo.InvariantCulture))
            : [];

    private static string Decimal(IReadOnlyList<int> place) => place[0].ToString(CultureInfo.InvariantCulture);

    private static string Hexadecimal(IReadOnlyList<int> place) => string.Create(CultureInfo.InvariantCulture, $"0x{place[0]:x}");
}
