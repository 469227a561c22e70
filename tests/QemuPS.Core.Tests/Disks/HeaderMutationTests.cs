using FsCheck;
using FsCheck.Fluent;
using QemuPS.Disks;
using Xunit.Abstractions;

namespace QemuPS.Tests.Disks;

/// <summary>Valid images with bytes of their headers changed: read, or refused by an exception of ours, and as QEMU has it.</summary>
public sealed class HeaderMutationTests(HeaderMutationTests.Images images, ITestOutputHelper output) : IClassFixture<HeaderMutationTests.Images>
{
    private const int Mutations = 12_000;
    private const int Compared = 400;

    [Fact]
    public void A_changed_header_is_read_or_refused()
    {
        var outcomes = new Dictionary<string, int>();
        var before = GC.GetTotalAllocatedBytes(precise: true);
        var property = Prop.ForAll(Arb.From(images.Mutations), mutation => Count(outcomes, Images.With(mutation, path => Outcome(path, mutation.Format))));

        Check.One(Config.QuickThrowOnFailure.WithMaxTest(Mutations), property);
        output.WriteLine($"{Mutations} mutations, {(GC.GetTotalAllocatedBytes(precise: true) - before) / Mutations} bytes each: {string.Join(", ", outcomes.Select(pair => $"{pair.Key} {pair.Value}"))}");
    }

    [Fact]
    public void What_is_read_of_a_changed_header_is_what_qemu_img_reads()
    {
        var agreements = 0;
        var property = Prop.ForAll(Arb.From(images.Mutations), mutation => Images.With(mutation, path =>
        {
            var theirs = QemuImgInfo(path, mutation.Format);
            var ours = Outcome(path, mutation.Format);
            agreements += ours.Disk is not null && theirs is not null ? 1 : 0;
            // Where the header is enough for us, QEMU has opened the image and says the same. To refuse more is allowed.
            return ours.Disk is null || (theirs is not null && ours.Disk == theirs with { Raw = ours.Disk.Raw, Snapshots = ours.Disk.Snapshots });
        }));

        // Always the same ones: where QEMU looks closer than we do, that is no reason for a build to fail now and then.
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(Compared).WithReplay(20240516, 20240517), property);
        output.WriteLine($"{Compared} mutations, {agreements} of them read by both, and alike");
    }

    private static bool Count(Dictionary<string, int> outcomes, (QemuDisk? Disk, string Name) outcome)
    {
        outcomes[outcome.Name] = outcomes.GetValueOrDefault(outcome.Name) + 1;
        return true;
    }

    private static (QemuDisk? Disk, string Name) Outcome(string path, string format)
    {
        try
        {
            return DiskReader.TryReadHeader(path, format, out var disk) ? (disk, "read") : (null, "for qemu-img");
        }
        catch (QemuException error)
        {
            return (null, error.Id.ToString());
        }
    }

    private static QemuDisk? QemuImgInfo(string path, string format)
    {
        try
        {
            return QemuImg.Find().InfoAsync(path, format, CancellationToken.None).GetAwaiter().GetResult();
        }
        catch (QemuException)
        {
            return null;
        }
    }

    /// <summary>Bytes to be changed in an image.</summary>
    public sealed record Mutation(string Path, string Format, IReadOnlyList<(int Offset, byte Value)> Bytes)
    {
        public override string ToString() => $"{System.IO.Path.GetFileName(Path)}: {string.Join(", ", Bytes.Select(change => $"[{change.Offset}] = {change.Value:x2}"))}";
    }

    /// <summary>A valid image of each format.</summary>
    public sealed class Images : IDisposable
    {
        private static readonly string[] Names =
        [
            "v2-65536.qcow2", "v3-65536-on-16-zstd-on.qcow2", "snapshots-7-1.1.qcow2", "bitmaps.qcow2", "over-relative-raw.qcow2", "luks-0.qcow2", "data-on-0-off.qcow2",
            "4096-4.qed", "over-relative-raw.qed", "monolithicSparse-64M.vmdk", "twoGbMaxExtentFlat-5G.vmdk", "twoGbMaxExtentSparse-5G.vmdk", "dynamic-1M-64M.vhdx",
            "dynamic-off-64M.vhd", "off-64M.vdi", "65536-64M.hds", "0.luks",
        ];

        private readonly string _folder = Directory.CreateTempSubdirectory("qpsmutated").FullName;

        public Images()
        {
            var made = ImageCatalogue.All().Where(recipe => Names.Contains(recipe.Name)).Select(recipe => (Path: recipe.MakeIn(_folder), recipe.Format)).ToList();
            Assert.Equal(Names.Length, made.Count);
            var changes = Gen.Choose(1, 4).SelectMany(count => Gen.ArrayOf(Change, count));
            Mutations = Gen.Elements<(string Path, string Format)>(made).SelectMany(image => changes.Select(bytes => new Mutation(image.Path, image.Format, bytes)));
        }

        public Gen<Mutation> Mutations { get; }

        // Most of what matters is in the first bytes; a VHDX file has its tables at multiples of 64 KiB.
        private static Gen<(int Offset, byte Value)> Change =>
            from start in Gen.Frequency((6, Gen.Constant(0)), (1, Gen.Constant(512)), (1, Gen.Choose(0, 40).Select(page => page * 65536)))
            from offset in Gen.Frequency((4, Gen.Choose(0, 127)), (1, Gen.Choose(0, 1023)))
            from value in Gen.Elements(0, 1, 2, 0x7f, 0x80, 0xff).Or(Gen.Choose(0, 255))
            select (start + offset, (byte)value);

        /// <summary>Does something with the changed image, and puts it back as it was.</summary>
        public static T With<T>(Mutation mutation, Func<string, T> work)
        {
            var saved = new byte[mutation.Bytes.Count];
            using var file = new FileStream(mutation.Path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);
            var length = file.Length;
            for (var i = 0; i < saved.Length; i++) saved[i] = Exchange(file, mutation.Bytes[i].Offset, mutation.Bytes[i].Value);
            try
            {
                return work(mutation.Path);
            }
            finally
            {
                for (var i = saved.Length - 1; i >= 0; i--) Exchange(file, mutation.Bytes[i].Offset, saved[i]);
                file.SetLength(length);
            }
        }

        public void Dispose() => Directory.Delete(_folder, recursive: true);

        private static byte Exchange(FileStream file, int offset, byte value)
        {
            file.Position = offset;
            var old = file.ReadByte();
            file.Position = offset;
            file.WriteByte(value);
            return (byte)Math.Max(0, old);
        }
    }
}
