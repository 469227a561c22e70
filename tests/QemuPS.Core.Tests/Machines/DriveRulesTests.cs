using QemuPS.Machines;

namespace QemuPS.Tests.Machines;

public sealed class DriveRulesTests
{
    private static readonly VmDrive Disk = new() { Id = "disk0", Path = "/disk.qcow2", Format = "qcow2" };

    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    [InlineData(null)]
    public void A_warning_may_come_at_1_to_100_percent(int? percent) => Assert.Null(FaultOf(Disk with { WarnAtPercent = percent }));

    [Theory]
    [InlineData(0)]
    [InlineData(101)]
    [InlineData(-1)]
    public void Another_percentage_is_named_with_the_drive(int percent) => Assert.Equal($"warnAtPercent of 'disk0' is {percent}, not 1 to 100", FaultOf(Disk with { WarnAtPercent = percent }));

    [Fact]
    public void A_boot_index_is_no_negative_number()
    {
        Assert.Null(FaultOf(Disk with { BootIndex = 0 }));
        Assert.Equal("bootIndex of 'disk0' is -1, not 0 or more", FaultOf(Disk with { BootIndex = -1 }));
    }

    [Fact]
    public void No_limit_is_left_out_and_not_0()
    {
        Assert.Null(FaultOf(Disk with { MaximumIops = 1, MaximumBytesPerSecond = ulong.MaxValue }));
        Assert.Contains("leave it out", FaultOf(Disk with { MaximumIops = 0 }));
        Assert.Contains("leave it out", FaultOf(Disk with { MaximumBytesPerSecond = 0 }));
    }

    [Theory]
    [InlineData("S", null)]
    [InlineData("12345678901234567890", null)]
    [InlineData("", "0 characters")]
    [InlineData("123456789012345678901", "21 characters")]
    [InlineData("with space", "not printable")]
    [InlineData("tab\t", "not printable")]
    [InlineData("größe", "not printable")]
    public void A_serial_number_is_1_to_20_printable_characters(string serial, string? fault)
    {
        var found = FaultOf(Disk with { Serial = serial });
        if (fault is null) Assert.Null(found);
        else Assert.Contains(fault, found);
    }

    [Theory]
    [InlineData(VmDiskBus.Ide, VmDriveKind.Disk, true)]
    [InlineData(VmDiskBus.Sata, VmDriveKind.Disk, true)]
    [InlineData(VmDiskBus.Ide, VmDriveKind.CdRom, false)]
    [InlineData(VmDiskBus.VirtioBlk, VmDriveKind.Disk, false)]
    [InlineData(VmDiskBus.VirtioScsi, VmDriveKind.Disk, false)]
    public void A_read_only_disk_is_refused_on_the_buses_that_have_none(VmDiskBus bus, VmDriveKind kind, bool isRefused) =>
        Assert.Equal(isRefused, FaultOf(Disk with { Bus = bus, Kind = kind, ReadOnly = true }) is not null);

    [Fact]
    public void Two_drives_do_not_share_a_boot_index_and_many_may_have_none()
    {
        Assert.Null(FaultOf(Disk, Disk with { Id = "disk1" }, Disk with { Id = "disk2", BootIndex = 3 }));
        Assert.Equal("two drives have the bootIndex 3", FaultOf(Disk with { BootIndex = 3 }, Disk with { Id = "disk1", BootIndex = 2 }, Disk with { Id = "disk2", BootIndex = 3 }));
    }

    [Fact]
    public void The_first_fault_is_told_of_the_drive_that_has_it() => Assert.Contains("'disk1'", FaultOf(Disk, Disk with { Id = "disk1", WarnAtPercent = 0 }));

    private static string? FaultOf(params VmDrive[] drives) => DriveRules.FindFault(new VmDefinition { Name = "dev", Drives = drives });
}
