using QemuPS.Machines;

namespace QemuPS.Tests.Machines.Network;

public sealed class CaptureFileTests : IDisposable
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly string _folder = Directory.CreateTempSubdirectory("qps").FullName;

    private string Capture => Path.Combine(_folder, "wire.pcap");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_file_that_is_there_is_begun_anew_only_when_asked_for_and_is_private_then()
    {
        File.WriteAllText(Capture, "old");
        File.SetUnixFileMode(Capture, Private | UnixFileMode.OtherRead);

        Assert.Equal(ErrorId.FileExists, Assert.Throws<QemuException>(() => CaptureFile.RequireNew(Capture, force: false)).Id);
        Assert.Equal(ErrorId.FileExists, Assert.Throws<QemuException>(() => CaptureFile.Create(Capture, force: false)).Id);
        Assert.Equal("old", File.ReadAllText(Capture));

        CaptureFile.RequireNew(Capture, force: true);
        CaptureFile.Create(Capture, force: true);
        Assert.Equal("", File.ReadAllText(Capture));
        Assert.Equal(Private, File.GetUnixFileMode(Capture));
    }

    [Fact]
    public void A_link_that_leads_nowhere_and_a_device_are_no_files()
    {
        File.CreateSymbolicLink(Capture, Path.Combine(_folder, "elsewhere"));

        Assert.Equal(ErrorId.InvalidPath, Assert.Throws<QemuException>(() => CaptureFile.RequireNew(Capture, force: true)).Id);
        Assert.Equal(ErrorId.InvalidPath, Assert.Throws<QemuException>(() => CaptureFile.RequireNew("/dev/null", force: true)).Id);
        Assert.Equal(ErrorId.InvalidPath, Assert.Throws<QemuException>(() => CaptureFile.RequireNew(_folder, force: true)).Id);
        Assert.Equal(ErrorId.DirectoryNotFound, Assert.Throws<QemuException>(() => CaptureFile.RequireNew(Path.Combine(_folder, "none", "a.pcap"), force: true)).Id);
    }

    [Fact]
    public void Each_start_keeps_what_was_captured_before_and_loses_none_of_it()
    {
        var definition = new VmDefinition { Name = "dev", NetworkAdapters = [new VmNetworkAdapter { Id = "net0", MacAddress = "52:54:00:00:00:01", CapturePath = Capture }, new VmNetworkAdapter { Id = "net1", MacAddress = "52:54:00:00:00:02" }] };

        CaptureFile.Prepare(definition, NoFeedback.Instance);
        foreach (var run in new[] { "first", "second" })
        {
            Assert.Equal((0L, Private), (new FileInfo(Capture).Length, File.GetUnixFileMode(Capture)));
            File.WriteAllText(Capture, run);
            CaptureFile.Prepare(definition, NoFeedback.Instance);
        }

        // A run in which nothing was written leaves nothing to keep.
        CaptureFile.Prepare(definition, NoFeedback.Instance);
        Assert.Equal(["wire.pcap", "wire.pcap.1", "wire.pcap.2"], Directory.EnumerateFiles(_folder).Select(Path.GetFileName).Order());
        Assert.Equal(["first", "second"], new[] { ".1", ".2" }.Select(number => File.ReadAllText(Capture + number)));
    }
}
