using System.Diagnostics;
using System.Globalization;
using FsCheck.Xunit;
using QemuPS.Devices.Usb;
using Xunit.Abstractions;

namespace QemuPS.Tests.Devices.Descriptors;

/// <summary>
/// Descriptors are bytes of strangers: whatever they are, the parser answers. QEMUPS_FUZZ_INPUTS says how many
/// inputs to try; the seed is printed, and QEMUPS_FUZZ_SEED tries the same again.
/// </summary>
public sealed class DescriptorFuzzTests(ITestOutputHelper output)
{
    private static readonly byte[][] Seeds = [.. DescriptorSamples.All.Values, DescriptorSamples.Bos];

    [Fact]
    public void No_mutation_of_a_device_is_an_error_of_ours_or_takes_long()
    {
        var inputs = Number("QEMUPS_FUZZ_INPUTS", 20_000);
        var seed = Number("QEMUPS_FUZZ_SEED", Environment.TickCount);
        output.WriteLine($"{inputs} inputs, seed {seed}");
        var random = new Random(seed);
        var watch = Stopwatch.StartNew();
        for (var i = 0; i < inputs; i++) Try(Mutate(random), Mutate(random), random.Next(4) switch { 0 => null, 1 => 1.5, 2 => 480, _ => 5000 });

        output.WriteLine($"{inputs} inputs in {watch.Elapsed.TotalSeconds:0.0} s");
        Assert.True(watch.Elapsed < TimeSpan.FromMilliseconds(inputs), $"{inputs} inputs took {watch.Elapsed}");
    }

    [Property(MaxTest = 500)]
    public void No_bytes_are_an_error(byte[] descriptors, byte[] bos) => Try(descriptors, bos, 480);

    [Theory]
    [InlineData(0x00)]
    [InlineData(0x01)]
    [InlineData(0x02)]
    [InlineData(0xff)]
    public void The_largest_configuration_of_one_byte_over_and_over_ends(byte filler)
    {
        byte[] head = [.. DescriptorSamples.All["keyboard"][..18], 9, 2, 0xff, 0xff, 1, 1, 0, 0x80, 50];
        byte[] bytes = [.. head, .. Enumerable.Repeat(filler, 0xffff - 9)];

        var parsed = DescriptorParser.Parse(bytes);

        Assert.Single(parsed.Configurations);
        Assert.NotEmpty(parsed.Problems);
    }

    private static void Try(byte[] descriptors, byte[] bos, double? speed)
    {
        try
        {
            var parsed = DescriptorParser.Parse(descriptors, bos, speed);
            var all = Everything(parsed).ToList();
            Assert.True(all.Sum(each => each.Length) <= descriptors.Length + bos.Length);
            Assert.True(all.TrueForAll(each => !each.IsTruncated) || parsed.Problems.Count > 0 || parsed.Others.Count > 0 || parsed.Capabilities.Count > 0);
            Assert.DoesNotContain(parsed.Problems.Concat(all.Select(each => each.ToString())).Append(parsed.ToString()), text => text.Any(char.IsControl));
        }
        catch (Exception error) when (error is not Xunit.Sdk.XunitException)
        {
            Assert.Fail($"{error.GetType().Name} from {Convert.ToHexString(descriptors)} / {Convert.ToHexString(bos)}: {error}");
        }
    }

    private static IEnumerable<UsbDescriptor> Everything(UsbDescriptors parsed) =>
        parsed.Others.Concat(parsed.Capabilities).Concat(parsed.Configurations.SelectMany(configuration =>
            configuration.Others.Concat(configuration.Interfaces.SelectMany(each => each.ClassDescriptors.Concat(each.Endpoints.SelectMany(endpoint => endpoint.ClassDescriptors))))));

    private static byte[] Mutate(Random random)
    {
        if (random.Next(10) == 0)
        {
            var noise = new byte[random.Next(400)];
            random.NextBytes(noise);
            return noise;
        }

        var bytes = (byte[])Seeds[random.Next(Seeds.Length)].Clone();
        for (var n = random.Next(1, 6); n > 0 && bytes.Length > 0; n--) bytes = Change(bytes, random);
        return bytes;
    }

    private static byte[] Change(byte[] bytes, Random random)
    {
        var at = random.Next(bytes.Length);
        switch (random.Next(6))
        {
            case 0:
                bytes[at] ^= (byte)(1 << random.Next(8));
                return bytes;
            case 1:
                bytes[at] = (byte)random.Next(256);
                return bytes;
            case 2:
                bytes[at] = random.Next(2) == 0 ? (byte)0 : (byte)0xff;
                return bytes;
            case 3:
                return bytes[..at];
            case 4:
                return [.. bytes[..at], .. bytes[Math.Min(bytes.Length, at + random.Next(1, 12))..]];
            default:
                var other = Seeds[random.Next(Seeds.Length)];
                return [.. bytes[..at], .. other[random.Next(other.Length)..]];
        }
    }

    private static int Number(string variable, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.Integer, CultureInfo.InvariantCulture, out var number) ? number : otherwise;
}
