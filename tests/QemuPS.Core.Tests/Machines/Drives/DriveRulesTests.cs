using QemuPS.Machines;

namespace QemuPS.Tests.Machines.Drives;

/// <summary>What no machine can have as a drive is told before it is written down.</summary>
public sealed class DriveRulesTests
{
    private static readonly VmDrive Disk = new() { Id = "disk0", Path = "/a.qcow2", Bus = VmDiskBus.VirtioBlk };

    public static TheoryData<VmDrive, string?> Drives => new()
    {
        { Disk, null },
        { Disk with { WarnAtPercent = 0 }, "warnAtPercent" },
        { Disk with { WarnAtPercent = 1 }, null },
        { Disk with { WarnAtPercent = 100 }, null },
        { Disk with { WarnAtPercent = 101 }, "warnAtPercent" },
        { Disk with { BootIndex = -1 }, "bootIndex" },
        { Disk with { BootIndex = 0 }, null },
        { Disk with { MaximumIops = 0 }, "limit" },
        { Disk with { MaximumBytesPerSecond = 0 }, "limit" },
        { Disk with { MaximumIops = 1, MaximumBytesPerSecond = 1 }, null },
        { Disk with { Serial = "" }, "0 characters" },
        { Disk with { Serial = new string('x', 20) }, null },
        { Disk with { Serial = new string('x', 21) }, "21 characters" },
        { Disk with { Serial = "two words" }, "printable" },
        { Disk with { Serial = "größe" }, "printable" },
        { Disk with { ReadOnly = true }, null },
        { Disk with { ReadOnly = true, Bus = VmDiskBus.Sata }, "no read-only Sata disk" },
        { Disk with { ReadOnly = true, Bus = VmDiskBus.Ide }, "no read-only Ide disk" },
        { new VmDrive { Id = "cd0", Kind = VmDriveKind.CdRom, ReadOnly = true, Bus = VmDiskBus.Sata }, null },
    };

    [Theory]
    [MemberData(nameof(Drives))]
    public void A_drive_is_what_QEMU_can_have(VmDrive drive, string? fault)
    {
        var found = DriveRules.FindFault(new VmDefinition { Name = "dev", Drives = [drive] });

        if (fault is null) Assert.Null(found);
        else Assert.Contains(fault, found, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_drives_cannot_have_one_place_in_the_boot_order() =>
        Assert.Equal("two drives have the bootIndex 3", DriveRules.FindFault(new VmDefinition { Name = "dev", Drives = [Disk with { BootIndex = 3 }, Disk with { Id = "disk1", BootIndex = 3 }] }));
}
