using System.Globalization;

namespace QemuPS.Devices.Usb;

/// <summary>The speeds of USB connections.</summary>
internal static class UsbSpeed
{
    /// <summary>The Mbit/s of sysfs' <c>speed</c>; null where it says <c>unknown</c>.</summary>
    public static double? Parse(string? text) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var speed) && double.IsFinite(speed) ? speed : null;

    /// <summary>The name the specifications give to the speed, with the version that brought it.</summary>
    public static string? Name(double? speed) => speed switch
    {
        1.5 => "USB 1.1 Low-Speed",
        12 => "USB 1.1 Full-Speed",
        480 => "USB 2.0 High-Speed",
        5000 => "USB 3.0 SuperSpeed",
        10000 => "USB 3.1 SuperSpeed+",
        20000 => "USB 3.2 SuperSpeed+ 2x2",
        40000 => "USB4 Gen 3",
        null => null,
        _ => string.Create(CultureInfo.InvariantCulture, $"{speed} Mbit/s"),
    };
}
