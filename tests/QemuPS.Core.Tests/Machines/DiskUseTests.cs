using QemuPS.Disks;
using QemuPS.Machines;

namespace QemuPS.Tests.Machines;

/// <summary>An image that a machine needs is found, by whatever name it is asked for.</summary>
public sealed class DiskUseTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("qemups-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_disk_that_a_machine_has_by_a_link_is_in_use()
    {
        var (store, image) = await StoreWithLinkAsync(overlay: false);

        var error = Assert.Throws<QemuException>(() => DiskUse.RequireUnused(store, image));

        Assert.Equal(ErrorId.DiskInUse, error.Id);
    }

    [Fact]
    public async Task A_base_that_an_overlay_names_by_a_link_is_in_use()
    {
        var (store, image) = await StoreWithLinkAsync(overlay: true);

        var error = Assert.Throws<QemuException>(() => DiskUse.RequireUnused(store, image));

        Assert.Equal(ErrorId.DiskHasOverlays, error.Id);
    }

    private async Task<(VmStore Store, string Image)> StoreWithLinkAsync(bool overlay)
    {
        var image = Path.Combine(_folder, "disk.qcow2");
        var link = Path.Combine(_folder, "link.qcow2");
        var above = Path.Combine(_folder, "above.qcow2");
        await new DiskCreation { Path = image, Format = DiskFormat.Qcow2, SizeBytes = 1 << 20 }.RunAsync(CancellationToken.None);
        File.CreateSymbolicLink(link, image);
        if (overlay) await new DiskCreation { Path = above, Format = DiskFormat.Qcow2, BackingPath = link, BackingFormat = "qcow2" }.RunAsync(CancellationToken.None);
        var store = new VmStore(Path.Combine(_folder, "store"));
        store.Add(new VmDefinition { Name = "dev", Drives = [new VmDrive { Id = "disk0", Path = overlay ? above : link }] });
        return (store, image);
    }
}
