using QemuPS.Devices.Usb;

namespace QemuPS.Tests.Devices.Descriptors;

public sealed class DescriptorParserTests
{
    private static byte[] Keyboard => (byte[])DescriptorSamples.All["keyboard"].Clone();

    [Fact]
    public void A_sound_device_has_no_problems_and_keeps_its_structure()
    {
        var parsed = DescriptorParser.Parse(DescriptorSamples.All["camera (video)"], default, 480);

        var configuration = Assert.Single(parsed.Configurations);
        Assert.Empty(parsed.Problems);
        Assert.Equal(500, configuration.MaxPowerMilliamperes);
        Assert.Equal((0, 2, UsbClass.Video), configuration.Associations.Select(each => (each.FirstInterface, each.InterfaceCount, each.Class)).Single());
        Assert.Equal([(0, 0), (1, 0), (1, 1)], configuration.Interfaces.Select(each => (each.Number, each.AlternateSetting)));
        var video = configuration.Interfaces[2].Endpoints.Single();
        Assert.Equal((UsbTransferType.Isochronous, UsbDirection.In, 1024, 3), (video.TransferType, video.Direction, video.MaxPacketSize, video.PacketsPerMicroframe));
        Assert.Equal(1280, configuration.Interfaces[1].ClassDescriptors.Single(each => each.Name == "Video Still Image Frame").Value("wWidth(0)") * 2);
    }

    [Fact]
    public void The_binary_object_store_is_taken_apart()
    {
        var parsed = DescriptorParser.Parse(DescriptorSamples.All["stick (mass storage, UAS)"], DescriptorSamples.Bos, 5000);

        Assert.Empty(parsed.Problems);
        Assert.Equal(["USB 2.0 Extension", "SuperSpeed USB", "Container ID", "SuperSpeedPlus USB"], parsed.Capabilities.Select(each => each.Name));
        Assert.Equal(0xf41e, parsed.Capabilities[0].Value("bmAttributes"));
        Assert.Equal(0x000e, parsed.Capabilities[1].Value("wSpeedsSupported"));
        Assert.Equal("{33221100-5544-7766-8899-aabbccddeeff}", parsed.Capabilities[2].Fields[1].Text);
    }

    [Theory]
    [InlineData("bulk at any speed", 2, 255, 480, null)]
    [InlineData("interrupt at full speed: milliseconds", 3, 10, 12, 10000.0)]
    [InlineData("interrupt at high speed: 2^(n-1) microframes", 3, 4, 480, 1000.0)]
    [InlineData("isochronous at full speed: 2^(n-1) frames", 1, 1, 12, 1000.0)]
    [InlineData("an interval of 0", 3, 0, 480, null)]
    [InlineData("an interval that is too long to be one", 3, 200, 480, null)]
    public void An_interval_is_a_time(string why, byte attributes, byte interval, int speed, double? expected)
    {
        var bytes = Keyboard;
        (bytes[^4], bytes[^1]) = (attributes, interval);

        var endpoint = DescriptorParser.Parse(bytes, default, speed).Configurations[0].Interfaces[0].Endpoints[0];

        Assert.True(expected == endpoint.IntervalMicroseconds, why);
    }

    [Fact]
    public void Power_is_counted_in_bigger_units_from_USB_3_on()
    {
        var stick = DescriptorSamples.All["stick (mass storage, UAS)"];

        Assert.Equal(896, DescriptorParser.Parse(stick, default, 5000).Configurations[0].MaxPowerMilliamperes);
        Assert.Equal(224, DescriptorParser.Parse(stick, default, 480).Configurations[0].MaxPowerMilliamperes);
    }

    [Fact]
    public void Nothing_at_all_is_no_device_and_no_problem()
    {
        var parsed = DescriptorParser.Parse([]);

        Assert.Null(parsed.Device);
        Assert.Empty(parsed.Problems);
    }

    [Theory]
    [InlineData("a device that is cut off", 0, 17, "do not begin with a device descriptor")]
    [InlineData("a configuration that is cut off", 0, 45, "says it has 34 bytes, and 27 are there")]
    public void What_is_cut_off_is_named(string why, int from, int to, string problem) =>
        Assert.Contains(DescriptorParser.Parse(Keyboard.AsSpan(from, to - from)).Problems, each => why.Length > 0 && each.Contains(problem, StringComparison.Ordinal));

    [Theory]
    [InlineData("a length of zero", 27, 0, "are no descriptor")]
    [InlineData("a length of one", 27, 1, "are no descriptor")]
    [InlineData("a length beyond the end", 27, 200, "are no descriptor")]
    [InlineData("an interface too many", 22, 2, "says it has 2 interface(s), and 1 are there")]
    [InlineData("an endpoint too many", 31, 2, "says it has 2 endpoint(s), and 1 are there")]
    [InlineData("a configuration too many", 17, 3, "says it has 3 configuration(s), and 1 are there")]
    [InlineData("more reports than there is room for", 41, 9, "'HID' has 9 bytes, fewer than it says it holds")]
    public void What_contradicts_itself_is_named_and_the_rest_is_kept(string why, int at, byte value, string problem)
    {
        var bytes = Keyboard;
        bytes[at] = value;

        var parsed = DescriptorParser.Parse(bytes);

        Assert.True(parsed.Problems.Any(each => each.Contains(problem, StringComparison.Ordinal)), $"{why}: {string.Join(' ', parsed.Problems)}");
        Assert.Equal("046d", parsed.Device!.VendorId);
        Assert.Single(parsed.Configurations);
    }

    [Fact]
    public void Descriptors_that_nobody_knows_are_kept_as_bytes()
    {
        var bytes = Keyboard;
        bytes[37] = 0x77;

        var unknown = Assert.Single(DescriptorParser.Parse(bytes).Configurations[0].Interfaces[0].ClassDescriptors);

        Assert.Equal(("Type 0x77", 9), (unknown.Name, unknown.Length));
        Assert.Equal(bytes[36..45], unknown.Bytes);
    }
}
