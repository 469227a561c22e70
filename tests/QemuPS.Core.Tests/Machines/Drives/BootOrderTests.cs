using QemuPS.Machines;

namespace QemuPS.Tests.Machines.Drives;

/// <summary>The firmware tries devices in the order that the definition says.</summary>
public sealed class BootOrderTests
{
    private static readonly VmDefinition Machine = new()
    {
        Name = "dev",
        BootOrder = [VmBootDevice.CdRom, VmBootDevice.Disk, VmBootDevice.Network],
        Drives = [new() { Id = "disk0", Path = "/a" }, new() { Id = "cd0", Kind = VmDriveKind.CdRom }, new() { Id = "disk1", Path = "/b" }],
        NetworkAdapters = [new() { Id = "net0", MacAddress = "52:54:00:00:00:01" }],
    };

    [Fact]
    public void Devices_of_a_kind_follow_one_another() => Assert.Equal([1, 0, 2, 3], Places(Machine));

    [Fact]
    public void A_drive_with_a_number_of_its_own_keeps_it_and_the_others_take_what_is_left() =>
        Assert.Equal([2, 0, 1, 3], Places(Machine with { Drives = [.. Machine.Drives.Select(drive => drive.Id == "disk1" ? drive with { BootIndex = 1 } : drive)] }));

    [Fact]
    public void What_is_not_in_the_order_is_not_booted_from() => Assert.Equal([0, null, 1, null], Places(Machine with { BootOrder = [VmBootDevice.Disk] }));

    [Fact]
    public void A_kernel_that_is_started_directly_comes_first() => Assert.Equal([2, 1, 3, 4], Places(Machine with { KernelPath = "/vmlinuz" }));

    [Fact]
    public void A_kind_that_is_named_twice_has_its_first_place() =>
        Assert.Equal(Places(Machine), Places(Machine with { BootOrder = [.. Machine.BootOrder, VmBootDevice.CdRom] }));

    private static IEnumerable<int?> Places(VmDefinition definition) =>
        [.. definition.Drives.Select(drive => BootOrder.IndexOf(definition, drive)), .. definition.NetworkAdapters.Select(adapter => BootOrder.IndexOf(definition, adapter))];
}
