using QemuPS.Machines;

namespace QemuPS.Tests.Machines.Drives;

/// <summary>A disk that grows beyond a part of its size is told of, and then of every percent more.</summary>
public sealed class CapacityWarningTests
{
    private const ulong Size = 1000;

    [Theory]
    [InlineData(0, 800)]
    [InlineData(799, 800)]
    [InlineData(800, 810)]
    [InlineData(809, 810)]
    [InlineData(855, 860)]
    [InlineData(1000, 1010)]
    public void The_next_warning_is_at_the_mark_and_then_at_the_next_percent(ulong written, ulong threshold) =>
        Assert.Equal(threshold, CapacityWarning.Threshold(Size, written, 80));

    [Fact]
    public void The_largest_disks_do_not_overflow() => Assert.Equal(ulong.MaxValue / 100 * 80 + 12, CapacityWarning.Threshold(ulong.MaxValue, 0, 80));

    [Theory]
    [InlineData(799, false)]
    [InlineData(800, true)]
    [InlineData(900, true)]
    public void The_mark_is_reached_by_the_files_length(ulong written, bool isReached) => Assert.Equal(isReached, CapacityWarning.IsReached(Disk(written)));

    [Fact]
    public void A_disk_without_a_mark_is_never_nearly_full() => Assert.False(CapacityWarning.IsReached(Disk(1000) with { WarnAtPercent = null }));

    [Theory]
    [InlineData("raw")]
    [InlineData(null)]
    public void An_image_that_does_not_grow_has_no_such_mark(string? format) =>
        Assert.Equal(ErrorId.NotSupported, Assert.Throws<QemuException>(() => CapacityWarning.RequireGrowing("disk0", format)).Id);

    private static QemuVmDisk Disk(ulong written) => new()
    {
        VmName = "dev",
        Id = "disk0",
        Bus = VmDiskBus.VirtioBlk,
        IsCdrom = false,
        Medium = QemuVmMedium.Fixed,
        Status = QemuVmDiskStatus.Attached,
        Persisted = true,
        SizeBytes = Size,
        FileSizeBytes = written,
        WarnAtPercent = 80,
    };
}
