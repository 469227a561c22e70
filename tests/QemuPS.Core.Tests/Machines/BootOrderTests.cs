using QemuPS.Machines;

namespace QemuPS.Tests.Machines;

public sealed class BootOrderTests
{
    private static readonly VmDefinition Everything = new()
    {
        Name = "dev",
        Drives = [new VmDrive { Id = "disk0" }, new VmDrive { Id = "cd0", Kind = VmDriveKind.CdRom }, new VmDrive { Id = "disk1" }],
        NetworkAdapters = [new VmNetworkAdapter { Id = "net0", MacAddress = "52:54:00:00:00:01" }],
        BootOrder = [VmBootDevice.CdRom, VmBootDevice.Disk, VmBootDevice.Network],
    };

    [Fact]
    public void Devices_are_tried_kind_by_kind_and_in_the_definitions_order() => Assert.Equal("cd0 disk0 disk1 net0", Order(Everything));

    [Fact]
    public void A_kind_that_is_not_named_is_not_booted_from() => Assert.Equal("net0", Order(Everything with { BootOrder = [VmBootDevice.Network] }));

    [Fact]
    public void A_kind_that_is_named_twice_has_its_first_place() =>
        Assert.Equal("disk0 disk1 cd0", Order(Everything with { BootOrder = [VmBootDevice.Disk, VmBootDevice.CdRom, VmBootDevice.Disk] }));

    [Fact]
    public void A_drive_with_a_place_of_its_own_has_it_and_the_others_take_what_is_left()
    {
        var definition = Everything with { Drives = [new VmDrive { Id = "disk0" }, new VmDrive { Id = "cd0", Kind = VmDriveKind.CdRom }, new VmDrive { Id = "disk1", BootIndex = 1 }] };

        Assert.Equal([2, 0, 1], definition.Drives.Select(drive => BootOrder.IndexOf(definition, drive)));
        Assert.Equal(3, BootOrder.IndexOf(definition, definition.NetworkAdapters[0]));
    }

    [Fact]
    public void A_drive_with_a_place_of_its_own_is_booted_from_though_its_kind_is_not_named()
    {
        var definition = Everything with { BootOrder = [VmBootDevice.Network], Drives = [new VmDrive { Id = "disk0", BootIndex = 7 }] };

        Assert.Equal(7, BootOrder.IndexOf(definition, definition.Drives[0]));
        Assert.Equal(0, BootOrder.IndexOf(definition, definition.NetworkAdapters[0]));
    }

    [Fact]
    public void A_kernel_that_is_started_directly_comes_first()
    {
        var definition = Everything with { KernelPath = "/boot/vmlinuz" };

        Assert.Equal("cd0 disk0 disk1 net0", Order(definition));
        Assert.Equal(1, BootOrder.IndexOf(definition, definition.Drives[1]));
    }

    [Fact]
    public void No_two_devices_have_the_same_place()
    {
        var definition = Everything with { Drives = [.. Everything.Drives, new VmDrive { Id = "disk2", BootIndex = 0 }, new VmDrive { Id = "disk3", BootIndex = 3 }] };
        var places = definition.Drives.Select(drive => BootOrder.IndexOf(definition, drive)).Append(BootOrder.IndexOf(definition, definition.NetworkAdapters[0])).ToList();

        Assert.Equal(places.Count, places.Distinct().Count());
        Assert.DoesNotContain(null, places);
    }

    private static string Order(VmDefinition definition)
    {
        var places = definition.Drives.Select(drive => (drive.Id, Place: BootOrder.IndexOf(definition, drive)))
            .Concat(definition.NetworkAdapters.Select(adapter => (adapter.Id, Place: BootOrder.IndexOf(definition, adapter))));
        return string.Join(' ', places.Where(each => each.Place is not null).OrderBy(each => each.Place).Select(each => each.Id));
    }
}
