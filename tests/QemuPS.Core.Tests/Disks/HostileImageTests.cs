using System.Buffers.Binary;
using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using QemuPS.Disks;
using Xunit.Abstractions;

namespace QemuPS.Tests.Disks;

/// <summary>Whatever a file contains, it costs a moment and little memory, and what is thrown is ours.</summary>
public sealed class HostileImageTests(ITestOutputHelper output) : IDisposable
{
    private const long MostMemory = 64 << 20;

    private readonly string _folder = Directory.CreateTempSubdirectory("qpshostile").FullName;
    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

    private static readonly TimeSpan MostTime = TimeSpan.FromSeconds(1);
    private const int MostReadings = 5;

    public static TheoryData<string> Files => [.. Contents.Keys];

    // The first start of a process has the runtime load and compile what belongs to it.
    static HostileImageTests() => QemuImg.Find().InfoAsync("/etc/hostname", "raw", CancellationToken.None).GetAwaiter().GetResult();

    public void Dispose()
    {
        _socket.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void A_file_made_to_hurt_does_not(string name)
    {
        var (content, expected) = Contents[name];
        File.WriteAllBytes(InFolder("image"), content());

        Assert.Contains(expected, Read("image"), StringComparison.Ordinal);
    }

    [Fact]
    public void Sixteen_thousand_snapshots_in_a_hole_are_listed_within_bounds()
    {
        using (var file = File.Create(InFolder("image")))
        {
            file.Write(new Qcow2Bytes().Write32(60, 16384).Write64(64, 4 * Qcow2Bytes.ClusterSize).Bytes);
            file.SetLength(1L << 40);
        }

        Assert.StartsWith("qcow2, ", Read("image"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_table_of_four_thousand_million_blocks_is_not_read()
    {
        var path = InFolder("image.vhd");
        ImageRecipe.Run(_folder, $"qemu-img create -q -f vpc {path} 64M");
        using (var file = File.OpenWrite(path))
        {
            file.Position = 512 + 28;
            file.Write([0x1f, 0xff, 0xff, 0xff]);
        }

        Assert.StartsWith("DiskInvalid", Read("image.vhd"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("pipe", "InvalidPath")]
    [InlineData("socket", "InvalidPath")]
    [InlineData("folder", "InvalidPath")]
    [InlineData("/dev/zero", "InvalidPath")]
    [InlineData("/dev/tty", "InvalidPath")]
    [InlineData("loop", "FileSystemError")]
    [InlineData("nothing", "DiskNotFound")]
    [InlineData("/etc/hostname/x", "DiskNotFound")]
    public void What_is_no_file_is_not_opened(string name, string expected)
    {
        MakeSpecialFiles();

        Assert.StartsWith(expected, Read(name), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("pipe")]
    [InlineData("/dev/zero")]
    [InlineData("folder")]
    [InlineData("loop")]
    [InlineData("image")]
    [InlineData("./image")]
    [InlineData("link")]
    public void A_backing_file_that_is_none_breaks_the_chain_and_nothing_else(string backing)
    {
        MakeSpecialFiles();
        File.WriteAllBytes(InFolder("image"), new Qcow2Bytes().Backing(backing).Bytes);
        File.CreateSymbolicLink(InFolder("link"), InFolder("image"));

        Assert.True(DiskReader.TryReadHeader(InFolder("image"), null, out var disk));
        Assert.Equal(ImageName.Combine(InFolder("image"), backing), disk.BackingPath);
        Assert.Contains("chain", Read("image"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/etc/shadow", true)]
    [InlineData("../secret.raw", true)]
    [InlineData("below/../../secret.raw", true)]
    [InlineData("nbd://attacker.example/x", true)]
    [InlineData("json:{\"driver\":\"file\",\"filename\":\"/etc/shadow\"}", true)]
    [InlineData("out.raw", true)]
    [InlineData("below/base.raw", false)]
    [InlineData("./base.raw", false)]
    [InlineData("a\nb\u001b[2J.raw", false)]
    public void A_backing_file_outside_of_the_folder_is_flagged(string backing, bool outside)
    {
        File.CreateSymbolicLink(InFolder("out.raw"), "/etc/hostname");
        File.WriteAllBytes(InFolder("image"), new Qcow2Bytes().Backing(backing, "raw").Bytes);

        Assert.True(DiskReader.TryReadHeader(InFolder("image"), null, out var disk));
        Assert.Equal(backing, disk.Raw["backing-filename"]);
        Assert.Equal(outside, disk.BackingOutsideFolder);
    }

    [Fact]
    public void A_chain_does_not_leave_the_file_system_because_a_header_says_so()
    {
        File.WriteAllBytes(InFolder("image"), new Qcow2Bytes().Backing("nbd://127.0.0.1:1/x", "raw").Bytes);

        Assert.StartsWith("qcow2, 1048576 bytes, 0 behind it", Read("image"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_circle_of_images_is_named()
    {
        File.WriteAllBytes(InFolder("a"), new Qcow2Bytes().Backing("b").Bytes);
        File.WriteAllBytes(InFolder("b"), new Qcow2Bytes().Backing("c").Bytes);
        File.WriteAllBytes(InFolder("c"), new Qcow2Bytes().Backing("a").Bytes);

        Assert.Contains("circle", Read("a"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_chain_of_ten_thousand_images_has_an_end()
    {
        for (var i = 0; i < 10_000; i++) File.WriteAllBytes(InFolder($"{i}"), new Qcow2Bytes().Backing($"{i + 1}", at: 512).Bytes[..600]);

        Assert.Contains("longer than 1000 images", Read("0"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("pipe", "DiskInvalid")]
    [InlineData("/dev/zero", "DiskInvalid")]
    [InlineData("folder", "DiskInvalid")]
    [InlineData("missing", "DiskNotFound")]
    public void An_extent_that_is_no_file_is_not_opened(string extent, string expected)
    {
        MakeSpecialFiles();
        File.WriteAllText(InFolder("image"), $"# Disk DescriptorFile\nversion=1\nCID=1\nparentCID=ffffffff\ncreateType=\"monolithicFlat\"\nRW 100 FLAT \"{extent}\" 0\n");

        Assert.StartsWith(expected, Read("image"), StringComparison.Ordinal);
    }

    private static Dictionary<string, (Func<byte[]> Content, string Expected)> Contents { get; } = new()
    {
        ["empty"] = (() => [], "raw, 0 bytes"),
        ["one byte"] = (() => [0x51], "raw, 512 bytes"),
        ["a magic number alone"] = (() => "QFI\u00fb"u8.ToArray(), "raw, 512 bytes"),
        ["a version alone"] = (() => new Qcow2Bytes().Bytes[..8], "DiskInvalid"),
        ["half a header"] = (() => new Qcow2Bytes().Bytes[..50], "DiskInvalid"),
        ["a header alone"] = (() => new Qcow2Bytes().Bytes[..112], "qcow2, 1048576 bytes"),
        ["a version of the future"] = (() => new Qcow2Bytes().Write32(4, 99).Bytes, "qemu-img: "),
        ["a feature of the future"] = (() => new Qcow2Bytes().Write64(72, 1UL << 40).Bytes, "qemu-img: "),
        ["a compression of the future"] = (() => new Qcow2Bytes().Write64(72, 8).Bytes.With(104, 7), "qemu-img: "),
        ["clusters of 2^31 bytes"] = (() => new Qcow2Bytes().Write32(20, 31).Bytes, "DiskInvalid"),
        ["a disk of 16 EiB"] = (() => new Qcow2Bytes().Write64(24, ulong.MaxValue).Bytes, "DiskInvalid"),
        ["a table of 4 Gi entries"] = (() => new Qcow2Bytes().Write32(36, uint.MaxValue).Bytes, "DiskInvalid"),
        ["a reference table of 4 Gi clusters"] = (() => new Qcow2Bytes().Write32(56, uint.MaxValue).Bytes, "DiskInvalid"),
        ["tables on top of each other"] = (() => new Qcow2Bytes().Write64(40, 0).Write64(48, 0).Write64(64, 0).Write32(60, 1).Bytes, "qcow2, "),
        ["a table beyond all files"] = (() => new Qcow2Bytes().Write64(64, 0x7fffffffffff0000).Write32(60, 1).Bytes, "DiskInvalid"),
        ["four thousand million snapshots"] = (() => new Qcow2Bytes().Write32(60, uint.MaxValue).Bytes, "DiskInvalid"),
        ["65536 snapshots"] = (() => new Qcow2Bytes().Write32(60, 65536).Write64(64, 4 * Qcow2Bytes.ClusterSize).Bytes, "DiskInvalid"),
        ["snapshots with names of 64 KiB"] = (LongSnapshots, "DiskInvalid"),
        ["an extension of 4 GiB"] = (() => new Qcow2Bytes().Extension(0x12345678, [], uint.MaxValue).Bytes, "DiskInvalid"),
        ["a flood of extensions"] = (FloodOfExtensions, "qcow2, "),
        ["a format with a long name"] = (() => new Qcow2Bytes().Extension(0xe2792aca, new byte[300]).Bytes, "DiskInvalid"),
        ["a backing file with a name of 4 GiB"] = (() => new Qcow2Bytes().Backing("x").Write32(16, uint.MaxValue).Bytes, "DiskInvalid"),
        ["a backing file named behind the cluster"] = (() => new Qcow2Bytes().Backing("x").Write64(8, ulong.MaxValue).Bytes, "DiskInvalid"),
        ["65535 bitmaps in 64 MiB"] = (() => new Qcow2Bytes().Write64(88, 1).Extension(0x23852875, Bitmaps(65535, 64 << 20)).Bytes, "DiskInvalid"),
        ["bitmaps of nothing"] = (() => new Qcow2Bytes().Write64(88, 1).Extension(0x23852875, Bitmaps(16384, 64 << 20)).Bytes, "DiskInvalid"),
        ["a data file over the network"] = (() => new Qcow2Bytes().Write64(72, 4).Extension(0x44415441, "nbd://127.0.0.1:1/x"u8).Bytes, "qcow2, "),
        ["a data file that is JSON"] = (() => new Qcow2Bytes().Write64(72, 4).Extension(0x44415441, "json:{\"driver\":\"null-co\"}"u8).Bytes, "qcow2, "),
        ["a LUKS header of zeros"] = (() => new Qcow2Bytes().Write32(32, 2).Extension(0x0537be77, new byte[16].With(14, 0xff)).Bytes, "qemu-img: "),
        ["a LUKS image of one sector"] = (() => [0x4c, 0x55, 0x4b, 0x53, 0xba, 0xbe, 0, 1], "DiskInvalid"),
        ["two formats at once"] = (() => new byte[512].With(0, "vhdxfile"u8).With(64, [0x7f, 0x10, 0xda, 0xbe]), "qemu-img: "),
        ["a descriptor without end"] = (() => Enumerable.Repeat((byte)'#', 4 << 20).ToArray(), "raw, "),
        ["a descriptor of 1 MiB"] = (() => Descriptor(new string('\n', 1 << 20)), "DiskInvalid"),
        ["a descriptor of a hundred thousand extents"] = (() => Descriptor(string.Concat(Enumerable.Repeat("RW 1 FLAT \"image\" 0\n", 100_000))), "DiskInvalid"),
        ["a descriptor that is its own sparse extent"] = (() => Descriptor("RW 1 SPARSE \"image\"\n"), "DiskInvalid"),
        ["a descriptor with numbers that are none"] = (() => Descriptor("RW 99999999999999999999 FLAT \"image\" 0\n"), "DiskInvalid"),
        ["a descriptor of 8 EiB and more"] = (() => Descriptor(string.Concat(Enumerable.Repeat("RW 999999999999999999 FLAT \"image\" 0\n", 50))), "DiskInvalid"),
        ["a sparse extent of zeros"] = (() => "KDMV"u8.ToArray(), "DiskInvalid"),
        ["a footer that is not there"] = (() => new byte[512].With(0, "KDMV"u8).With(12, 1).With(56, [255, 255, 255, 255, 255, 255, 255, 255]), "DiskInvalid"),
        ["a VHDX file of one word"] = (() => "vhdxfile"u8.ToArray(), "DiskInvalid"),
        ["a VHD file of one word"] = (() => "conectix"u8.ToArray(), "DiskInvalid"),
        ["a QED file of one word"] = (() => "QED\0"u8.ToArray(), "DiskInvalid"),
        ["a Parallels file of zeros"] = (() => new byte[64].With(0, "WithouFreSpacExt"u8).With(16, 2), "DiskInvalid"),
        ["a Parallels file of 8 ZiB"] = (() => new byte[64].With(0, "WithouFreSpacExt"u8).With(16, 2).With(28, 1).With(36, [255, 255, 255, 255, 255, 255, 255, 255]), "DiskInvalid"),
        ["a VDI file of a signature"] = (() => new byte[512].With(64, [0x7f, 0x10, 0xda, 0xbe]), "qemu-img: "),
        ["a format only qemu-img reads"] = (() => new byte[512].With(0, "Bochs Virtual HD Image"u8), "raw, "),
    };

    private string InFolder(string name) => Path.Combine(_folder, name);

    private void MakeSpecialFiles()
    {
        ImageRecipe.Run(_folder, "mkfifo pipe");
        Directory.CreateDirectory(InFolder("folder"));
        File.CreateSymbolicLink(InFolder("loop"), "loop");
        _socket.Bind(new UnixDomainSocketEndPoint(InFolder("socket")));
    }

    // What Get-QemuDisk -BackingChain has of it, within time and memory.
    private string Read(string name)
    {
        // Other tests share the processors and the heap: the best of a few readings is the file's own.
        List<Reading> readings = [];
        do readings.Add(Measure(InFolder(name)));
        while (!readings[^1].IsWithinLimits && readings.Count < MostReadings);

        foreach (var reading in readings) output.WriteLine($"{reading.Outcome} ({reading.Time.TotalMilliseconds:0} ms, {reading.Memory >> 10} KiB)");
        Assert.True(readings[^1].IsWithinLimits, $"It took {readings[^1].Time} and {readings[^1].Memory} bytes.");
        return readings[^1].Outcome;
    }

    private static Reading Measure(string path)
    {
        var before = GC.GetTotalAllocatedBytes(precise: true);
        var watch = Stopwatch.StartNew();
        var outcome = Describe(path);
        return new Reading(outcome, watch.Elapsed, GC.GetTotalAllocatedBytes(precise: true) - before);
    }

    private sealed record Reading(string Outcome, TimeSpan Time, long Memory)
    {
        public bool IsWithinLimits => Time < MostTime && Memory < MostMemory;
    }

    private static string Describe(string path)
    {
        try
        {
            var disk = DiskReader.ReadChainAsync(path, NoFeedback.Instance, CancellationToken.None).GetAwaiter().GetResult();
            return $"{disk.Format}, {disk.SizeBytes} bytes, {disk.Chain.Count} behind it";
        }
        catch (QemuException error)
        {
            return $"{error.Id}: {error.Message}";
        }
    }

    private static byte[] LongSnapshots()
    {
        var image = new Qcow2Bytes().Write32(60, 16384).Write64(64, Qcow2Bytes.ClusterSize).Bytes;
        Array.Resize(ref image, 70 << 20);
        for (var offset = Qcow2Bytes.ClusterSize; offset < image.Length - 40; offset += (40 + 65535 + 65535 + 7) & ~7)
        {
            image.With(offset + 12, [255, 255, 255, 255]);
        }

        return image;
    }

    private static byte[] FloodOfExtensions()
    {
        var image = new Qcow2Bytes().Write32(20, 21).Write64(40, 2 << 20).Write64(48, 2 << 20).Bytes;
        Array.Resize(ref image, 2 << 20);
        for (var offset = 112; offset < image.Length; offset += 8) image[offset] = 0x77;
        return image;
    }

    private static byte[] Bitmaps(uint count, ulong length)
    {
        var extension = new byte[24];
        BinaryPrimitives.WriteUInt32BigEndian(extension, count);
        BinaryPrimitives.WriteUInt64BigEndian(extension.AsSpan(8), length);
        BinaryPrimitives.WriteUInt64BigEndian(extension.AsSpan(16), Qcow2Bytes.ClusterSize);
        return extension;
    }

    private static byte[] Descriptor(string extents) =>
        Encoding.UTF8.GetBytes($"# Disk DescriptorFile\nversion=1\nCID=1\nparentCID=ffffffff\ncreateType=\"monolithicFlat\"\n{extents}");
}

internal static class ByteArrays
{
    /// <summary>The same array with other bytes at an offset.</summary>
    public static byte[] With(this byte[] bytes, int offset, params ReadOnlySpan<byte> values)
    {
        values.CopyTo(bytes.AsSpan(offset));
        return bytes;
    }
}
