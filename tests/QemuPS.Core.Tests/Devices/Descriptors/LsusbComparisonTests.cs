using System.Globalization;
using QemuPS.Devices;
using QemuPS.Devices.Usb;
using Xunit.Abstractions;

namespace QemuPS.Tests.Devices.Descriptors;

/// <summary>
/// Field by field, what the parser reads is what <c>lsusb -v</c> prints for the same recorded device. Without
/// umockdev and usbutils there is nothing to compare with. QEMUPS_RECORDINGS names a folder with more recordings
/// (*.umockdev) of real devices, from Debian's umockdev and libfprint sources for instance.
/// </summary>
public sealed class LsusbComparisonTests(ITestOutputHelper output) : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("qemups-lsusb-").FullName;

    public static TheoryData<string> Samples => [.. DescriptorSamples.All.Keys];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [MemberData(nameof(Samples))]
    public void Every_field_that_both_know_has_the_same_value(string sample)
    {
        if (!Umockdev.IsHere) return;
        var bytes = DescriptorSamples.All[sample];
        var speed = bytes[3] >= 3 ? 5000 : 480;
        var recording = $"{_folder}/sample.umockdev";
        File.WriteAllText(recording, Umockdev.Record(bytes, speed.ToString(CultureInfo.InvariantCulture)));

        var theirs = Assert.Single(LsusbOutput.Parse(Umockdev.Run(recording, "lsusb -v"))).Value;
        var parsed = DescriptorParser.Parse(bytes, default, speed);
        var compared = Compare(ParsedFields.Of(parsed), theirs, sample);

        Assert.Empty(parsed.Problems);
        Assert.True(compared > 20, $"only {compared} fields were compared");
    }

    [Fact]
    public void Recorded_devices_have_the_same_fields()
    {
        var folder = Environment.GetEnvironmentVariable("QEMUPS_RECORDINGS");
        if (!Umockdev.IsHere || string.IsNullOrEmpty(folder)) return;
        var devices = 0;
        var fields = 0;
        foreach (var recording in Directory.GetFiles(folder, "*.umockdev").Order())
        {
            var unpacked = $"{_folder}/{Path.GetFileNameWithoutExtension(recording)}";
            Umockdev.Run(recording, $"cp -a \"$UMOCKDEV_DIR\" '{unpacked}'");
            var theirs = LsusbOutput.Parse(Umockdev.Run(recording, "lsusb -v"));
            var root = new SysfsRoot(unpacked);
            foreach (var device in UsbDevices.Read(root).Where(device => theirs.ContainsKey(device.DevicePath[^7..])))
            {
                var parsed = UsbDevices.WithDescriptors(root, device).Descriptors!;
                fields += Compare(ParsedFields.Of(parsed), theirs[device.DevicePath[^7..]], $"{Path.GetFileName(recording)} {device}");
                devices++;
            }
        }

        output.WriteLine($"{devices} recorded devices, {fields} fields compared, 0 differences");
        Assert.True(devices > 0, $"no recorded USB device in {folder}");
    }

    [Fact]
    public void Recorded_devices_are_what_usb_devices_and_lsusb_say()
    {
        var folder = Environment.GetEnvironmentVariable("QEMUPS_RECORDINGS");
        if (!Umockdev.IsHere || string.IsNullOrEmpty(folder)) return;
        var (fields, names) = (0, 0);
        foreach (var recording in Directory.GetFiles(folder, "*.umockdev").Order())
        {
            var unpacked = $"{_folder}/{Path.GetFileNameWithoutExtension(recording)}";
            Umockdev.Run(recording, $"cp -a \"$UMOCKDEV_DIR\" '{unpacked}'");
            var theirs = UsbDevicesOutput.Parse(Umockdev.Run(recording, "usb-devices"));
            var listed = Umockdev.Run(recording, "lsusb").Split('\n', StringSplitOptions.RemoveEmptyEntries);
            var root = new SysfsRoot(unpacked);
            foreach (var device in UsbDevices.Read(root).Select(device => UsbDevices.WithDescriptors(root, device)))
            {
                foreach (var (field, value) in UsbDevicesOutput.Of(device))
                {
                    // Where an attribute was not recorded, usb-devices leaves the field empty or out.
                    if (!theirs.TryGetValue(device.DevicePath[^7..], out var printed) || !printed.TryGetValue(field, out var other) || other.Length == 0) continue;
                    Assert.Equal($"{recording} {device} {field}={other}", $"{recording} {device} {field}={value}");
                    fields++;
                }

                var line = Array.Find(listed, each => each.StartsWith($"Bus {device.DevicePath[^7..^4]} Device {device.DevicePath[^3..]}:", StringComparison.Ordinal));
                if (line is null) continue;
                // lsusb cuts the newline off the device's own texts, and the last letter where a recording has left it out.
                // What nobody names has its numbers for a name here, and nothing behind them there.
                var said = line[(line.IndexOf("ID ", StringComparison.Ordinal) + "ID ".Length)..].TrimEnd();
                Assert.True(said == device.Name || said.EndsWith(" " + device.Name, StringComparison.Ordinal) || said.EndsWith(" " + device.Name[..^1], StringComparison.Ordinal), $"{recording}: '{line}' is '{device.Name}' to us");
                names++;
            }
        }

        output.WriteLine($"{fields} fields of usb-devices, {names} names of lsusb, 0 differences");
        Assert.True(fields > 0 && names > 0, $"no recorded USB device in {folder}");
    }

    private static int Compare(List<ComparedField> ours, List<ComparedField> theirs, string what)
    {
        var both = ours.Select(field => field.Label).Intersect(theirs.Select(field => field.Label)).ToHashSet();
        Assert.Equal([], theirs.Select(field => field.Label).Except(both).Distinct());
        var mine = ours.Where(field => both.Contains(field.Label)).Select(field => $"{what}: {field}").ToList();
        Assert.Equal(theirs.Select(field => $"{what}: {field}"), mine);
        return mine.Count;
    }
}
