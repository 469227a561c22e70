using QemuPS.Disks;

namespace QemuPS.Tests.Disks;

public sealed class DiskCreationTests
{
    [Fact]
    public void A_backing_image_always_comes_with_its_format()
    {
        var creation = new DiskCreation { Path = "/a.qcow2", Format = DiskFormat.Qcow2, BackingPath = "/base,1.raw", BackingFormat = "raw" };

        Assert.Equal(["create", "-q", "-f", "qcow2", "-b", "/base,1.raw", "-F", "raw", "/a.qcow2"], creation.ToArguments("/a.qcow2"));
    }

    [Fact]
    public void Options_are_given_one_by_one_with_commas_doubled()
    {
        var creation = new DiskCreation
        {
            Path = "/a.qcow2",
            SizeBytes = 1024,
            Format = DiskFormat.Qcow2,
            ClusterSizeBytes = 65536,
            Preallocation = DiskPreallocation.Metadata,
            Options = new Dictionary<string, string> { ["data_file"] = "/x,y" },
        };

        Assert.Equal(
            ["create", "-q", "-f", "qcow2", "-o", "cluster_size=65536", "-o", "preallocation=metadata", "-o", "data_file=/x,,y", "/a.qcow2", "1024"],
            creation.ToArguments("/a.qcow2"));
    }

    [Theory]
    [InlineData("/a.qcow2", DiskFormat.Qcow2)]
    [InlineData("/a.IMG", DiskFormat.Raw)]
    [InlineData("/a.vhd", DiskFormat.Vpc)]
    [InlineData("/a.disk", null)]
    public void The_extension_tells_the_format(string path, DiskFormat? format) => Assert.Equal(format, DiskFormats.FromExtension(path));

    [Theory]
    [InlineData(0UL, "0 B")]
    [InlineData(512UL, "512 B")]
    [InlineData(200704UL, "196 KiB")]
    [InlineData(1610612736UL, "1.5 GiB")]
    [InlineData(21474836480UL, "20 GiB")]
    [InlineData(ulong.MaxValue, "16 EiB")]
    public void Sizes_are_shown_as_people_read_them(ulong bytes, string text) => Assert.Equal(text, SizeText.From(bytes));
}
