using QemuPS.Machines;

namespace QemuPS.Tests.Machines;

public sealed class CapacityWarningTests
{
    private const ulong GiB = 1UL << 30;

    [Theory]
    [InlineData(79, false)]
    [InlineData(80, true)]
    [InlineData(120, true)]
    public void The_mark_is_reached_by_the_image_that_has_grown_to_it(ulong percentUsed, bool isReached) =>
        Assert.Equal(isReached, CapacityWarning.IsReached(Disk(warnAt: 80, size: 100 * GiB, file: percentUsed * GiB)));

    [Fact]
    public void Without_a_mark_or_a_length_it_is_never_reached()
    {
        Assert.False(CapacityWarning.IsReached(Disk(warnAt: null, size: GiB, file: GiB)));
        Assert.False(CapacityWarning.IsReached(Disk(warnAt: 80, size: GiB, file: null)));
        Assert.False(CapacityWarning.IsReached(Disk(warnAt: 80, size: null, file: GiB)));
    }

    [Theory]
    [InlineData(0, 80)]
    [InlineData(79, 80)]
    [InlineData(80, 81)]
    [InlineData(85, 86)]
    [InlineData(99, 100)]
    [InlineData(100, 101)]
    [InlineData(130, 131)]
    public void QEMU_watches_for_the_mark_and_beyond_it_for_the_next_hundredth(ulong percentWritten, ulong percentWatched) =>
        Assert.Equal(percentWatched * GiB, CapacityWarning.Threshold(100 * GiB, percentWritten * GiB, 80));

    [Fact]
    public void The_largest_disk_that_there_can_be_has_a_threshold_too() =>
        Assert.Equal((ulong)long.MaxValue / 100 * 80, CapacityWarning.Threshold(long.MaxValue, 0, 80), tolerance: 100UL);

    [Fact]
    public void The_warning_says_how_much_of_which_disk()
    {
        Assert.Equal("The image of 'disk0' of 'dev' has grown to 85 % of the disk ('/disk.qcow2').", CapacityWarning.Describe(Disk(warnAt: 80, size: 100 * GiB, file: 85 * GiB)));
        Assert.Null(CapacityWarning.Describe(Disk(warnAt: 90, size: 100 * GiB, file: 85 * GiB)));
    }

    [Theory]
    [InlineData("raw")]
    [InlineData(null)]
    public void An_image_that_does_not_grow_has_no_mark(string? format) =>
        Assert.Equal(ErrorId.NotSupported, Assert.Throws<QemuException>(() => CapacityWarning.RequireGrowing("disk0", format)).Id);

    [Fact]
    public void An_image_that_grows_may_have_one() => CapacityWarning.RequireGrowing("disk0", "qcow2");

    private static QemuVmDisk Disk(int? warnAt, ulong? size, ulong? file) => new()
    {
        VmName = "dev",
        Id = "disk0",
        Bus = VmDiskBus.VirtioBlk,
        DiskPath = "/disk.qcow2",
        SizeBytes = size,
        FileSizeBytes = file,
        IsCdrom = false,
        Medium = QemuVmMedium.Fixed,
        WarnAtPercent = warnAt,
        Status = QemuVmDiskStatus.Attached,
        Persisted = true,
    };
}
