using System.Globalization;
using System.Text;
using QemuPS.Devices.Names;

namespace QemuPS.Tests.Devices;

public sealed class IdsFileTests
{
    private const string Sample = """
        # a comment
        046d  Logitech, Inc.
        	c31c  Keyboard K120
        	c077  Mouse
        1d6b  Linux Foundation
        C 03  Human Interface Device
        	01  Boot Interface Subclass
        AT 0100  USB Undefined

        """;

    [Fact]
    public void Vendors_devices_and_classes_are_found()
    {
        var names = new IdsFile(Encoding.UTF8.GetBytes(Sample));

        Assert.Equal("Logitech, Inc.", names.Vendor(0x046d));
        Assert.Equal("Keyboard K120", names.Device(0x046d, 0xc31c));
        Assert.Equal("Human Interface Device", names.Class(3));
        Assert.Equal("Boot Interface Subclass", names.SubClass(3, 1));
    }

    [Fact]
    public void What_is_not_listed_has_no_name()
    {
        var names = new IdsFile(Encoding.UTF8.GetBytes(Sample));

        Assert.Null(names.Vendor(0xffff));
        Assert.Null(names.Device(0x1d6b, 0xc31c));
        Assert.Null(names.Class(9));
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n")]
    [InlineData("046d")]
    [InlineData("046d  ")]
    [InlineData("\tc31c  Orphan")]
    [InlineData("C ")]
    public void A_file_that_ends_too_early_is_read_as_far_as_it_goes(string text)
    {
        var names = new IdsFile(Encoding.UTF8.GetBytes(text));

        Assert.Null(names.Device(0x046d, 0xc31c));
    }

    [Fact]
    public void The_hosts_own_usb_ids_says_the_same_as_when_read_line_by_line()
    {
        var path = new[] { "/usr/share/misc/usb.ids", "/usr/share/hwdata/usb.ids" }.FirstOrDefault(File.Exists)
            ?? Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../../../../tests/fixtures/hosts/laptop/usr/share/hwdata/usb.ids"));
        var names = new IdsFile(File.ReadAllBytes(path));
        var vendor = -1;
        var compared = 0;
        foreach (var line in File.ReadLines(path))
        {
            if (line.Length < 6 || line[0] == '#') continue;
            if (line[0] != '\t') vendor = line[4] == ' ' && Hex(line[..4]) is { } id ? id : -1;
            if (vendor < 0 || line.StartsWith("\t\t", StringComparison.Ordinal)) continue;
            if (line[0] == '\t') Assert.Equal(line[7..].Trim(' '), names.Device(vendor, Hex(line[1..5])!.Value));
            else Assert.Equal(line[6..].Trim(' '), names.Vendor(vendor));
            compared++;
        }

        Assert.True(compared > 5, $"{compared} names compared");
    }

    private static int? Hex(string text) => int.TryParse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var value) ? value : null;
}
