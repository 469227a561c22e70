using QemuPS.Devices.Iommu;

namespace QemuPS.Tests.Devices;

public sealed class IommuGroupsTests
{
    [Fact]
    public void Groups_come_by_number_with_their_devices_by_address()
    {
        using var host = new RecordedHost();
        AddPci(host, "0000:00:02.0", group: 10);
        AddPci(host, "10000:e1:00.0", group: 2);
        AddPci(host, "0000:00:03.0", group: 2);

        var groups = IommuGroups.Read(host.Root).ToList();

        Assert.Equal([2, 10], groups.Select(group => group.Id));
        Assert.Equal(["0000:00:03.0", "10000:e1:00.0"], groups[0].Devices.Select(device => device.Address));
        Assert.All(groups[0].Devices, device => Assert.Equal(2, device.IommuGroup));
    }

    [Fact]
    public void A_device_without_driver_and_without_a_name_is_shown_by_what_it_is()
    {
        using var host = new RecordedHost().Add("/usr/share/hwdata/pci.ids", "C 03  Display controller\n\t00  VGA compatible controller\n");
        AddPci(host, "0000:00:02.0", group: 0);

        var device = Assert.Single(Assert.Single(IommuGroups.Read(host.Root)).Devices);

        Assert.Null(device.Driver);
        Assert.Equal("VGA compatible controller 10de:25a0", device.Name);
        Assert.Equal((PciClass.Display, "030000"), (device.Class, device.ClassCode));
    }

    [Fact]
    public void What_is_no_PCI_device_is_named_and_what_has_gone_is_left_out()
    {
        using var host = new RecordedHost()
            .Add("/sys/devices/platform/ab000000.gpu/uevent", "")
            .Link("/sys/kernel/iommu_groups/0/devices/ab000000.gpu", "../../../../devices/platform/ab000000.gpu")
            .Link("/sys/kernel/iommu_groups/0/devices/0000:00:09.0", "../../../../devices/pci0000:00/0000:00:09.0");

        var group = Assert.Single(IommuGroups.Read(host.Root));

        Assert.Empty(group.Devices);
        Assert.Equal(["ab000000.gpu"], group.OtherDevices);
    }

    [Theory]
    [InlineData("0x060400", true)]
    [InlineData("0x060700", true)]
    [InlineData("0x060100", false)]
    [InlineData("0x060000", false)]
    [InlineData("0x020000", false)]
    public void Only_bridges_to_another_bus_may_stay_in_a_group_that_is_given_away(string code, bool expected)
    {
        using var host = new RecordedHost();
        AddPci(host, "0000:00:1c.0", group: 0, code);

        Assert.Equal(expected, IommuGroups.Read(host.Root).Single().Devices.Single().IsBridge);
    }

    private static void AddPci(RecordedHost host, string address, int group, string code = "0x030000")
    {
        var folder = $"/sys/devices/pci0000:00/{address}";
        host.Add($"{folder}/vendor", "0x10de\n").Add($"{folder}/device", "0x25a0\n").Add($"{folder}/class", code + "\n")
            .Add($"/sys/kernel/iommu_groups/{group}/type", "DMA-FQ\n")
            .Link($"{folder}/iommu_group", $"../../../kernel/iommu_groups/{group}")
            .Link($"/sys/kernel/iommu_groups/{group}/devices/{address}", $"../../../../devices/pci0000:00/{address}");
    }
}
