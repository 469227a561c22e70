using System.Buffers.Text;

namespace QemuPS.Devices.Pci;

/// <summary>The numbers that say what a function is.</summary>
internal readonly record struct PciIdentity(int Vendor, int Device, int Class, int SubsystemVendor, int SubsystemDevice)
{
    private const int Invalid = 0xffff;

    /// <summary>The device says who built the board.</summary>
    public bool HasSubsystem => SubsystemVendor is not (0 or Invalid);

    /// <summary>
    /// Reads them: all at once from <c>uevent</c> (drivers/pci/pci-driver.c, pci_uevent), where it has them, else file by
    /// file. Null where the folder is no function's, or it has gone.
    /// </summary>
    public static PciIdentity? Read(SysfsFolder folder)
    {
        Span<byte> buffer = stackalloc byte[1024];
        var length = folder.Bytes("uevent", buffer);
        if (length > 0 && Parse(buffer[..length]) is { } told) return told;
        if (folder.Hex("vendor") is not { } vendor || folder.Hex("device") is not { } device || folder.Hex("class") is not { } code) return null;
        return new PciIdentity(vendor, device, code, folder.Hex("subsystem_vendor") ?? 0, folder.Hex("subsystem_device") ?? 0);
    }

    /// <summary>Reads the lines <c>PCI_CLASS=30000</c>, <c>PCI_ID=10DE:25A0</c> and <c>PCI_SUBSYS_ID=17AA:22E7</c>; null where one is missing.</summary>
    internal static PciIdentity? Parse(ReadOnlySpan<byte> uevent)
    {
        if (Value(uevent, "PCI_CLASS="u8) is not [_, ..] code || Number(code) is not { } classCode) return null;
        if (Pair(Value(uevent, "PCI_ID="u8)) is not { } id || Pair(Value(uevent, "PCI_SUBSYS_ID="u8)) is not { } board) return null;
        return new PciIdentity(id.First, id.Second, classCode, board.First, board.Second);
    }

    private static ReadOnlySpan<byte> Value(ReadOnlySpan<byte> text, ReadOnlySpan<byte> key)
    {
        while (text.Length > 0)
        {
            var end = text.IndexOf((byte)'\n');
            var line = end < 0 ? text : text[..end];
            if (line.StartsWith(key)) return line[key.Length..];
            if (end < 0) break;
            text = text[(end + 1)..];
        }

        return default;
    }

    private static (int First, int Second)? Pair(ReadOnlySpan<byte> text)
    {
        var colon = text.IndexOf((byte)':');
        return colon > 0 && Number(text[..colon]) is { } first && Number(text[(colon + 1)..]) is { } second ? (first, second) : null;
    }

    private static int? Number(ReadOnlySpan<byte> digits) =>
        Utf8Parser.TryParse(digits, out int number, out var used, 'x') && used == digits.Length && number >= 0 ? number : null;
}
