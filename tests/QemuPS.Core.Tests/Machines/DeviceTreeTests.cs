using System.Text.Json;
using QemuPS.Machines;

namespace QemuPS.Tests.Machines;

/// <summary>What of a device tree the machines of the tests cannot have.</summary>
public sealed class DeviceTreeTests
{
    private static readonly QomBus Root = new("/machine/unattached/sysbus", "System", BusPlaces.Of("System"), null);

    [Fact]
    public void A_function_behind_a_bridge_that_the_firmware_has_not_set_up_has_an_address_without_a_bus()
    {
        var host = Device("/machine/q35", "q35-pcihost", Root);
        var port = Device("/machine/peripheral/port", "pcie-root-port", Bus(host, "pcie.0", "PCIE"), 0x10);
        var card = Device("/machine/peripheral/card", "e1000e", Bus(port, "port", "PCIE"), 0);

        var devices = Tree("""[{"bus":0,"devices":[{"bus":0,"slot":2,"function":0,"qdev_id":"port","class_info":{"class":1540,"desc":"PCI bridge"},"id":{"vendor":6966,"device":12},"pci_bridge":{"bus":{"secondary":0}}}]}]""", host, port, card);

        Assert.Equal(["(none)", "00:02.0", "00.0"], devices.Select(device => device.Address ?? "(none)"));
        Assert.Equal("1b36:000c", $"{devices[1].VendorId}:{devices[1].DeviceId}");
        Assert.Null(devices[2].VendorId);
    }

    [Fact]
    public void A_function_behind_an_expander_is_not_taken_for_one_of_the_first_bus()
    {
        var host = Device("/machine/q35", "q35-pcihost", Root);
        var first = Device("/machine/q35/mch", "mch", Bus(host, "pcie.0", "PCIE"), 0);
        var expander = Device("/machine/unattached/device[9]", "pxb-host", Root);
        var bus = Bus(expander, "pxb", "pxb-pcie-bus");
        var named = Device("/machine/peripheral/port", "pcie-root-port", bus, 0);
        var nameless = Device("/machine/peripheral-anon/device[0]", "pcie-root-port", bus, 8);

        var devices = Tree("""
            [{"bus":0,"devices":[{"bus":0,"slot":0,"function":0,"qdev_id":"","class_info":{"class":1536,"desc":"Host bridge"},"id":{"vendor":32902,"device":10688}},
                                 {"bus":0,"slot":1,"function":0,"qdev_id":"","class_info":{"class":768},"id":{"vendor":1,"device":2}}]},
             {"bus":32,"devices":[{"bus":32,"slot":0,"function":0,"qdev_id":"port","class_info":{"class":1540,"desc":"PCI bridge"},"id":{"vendor":6966,"device":12},"pci_bridge":{"bus":{"secondary":0}}}]}]
            """, host, first, expander, named, nameless);

        Assert.Equal("20:00.0", devices.Single(device => device.QomPath == named.Path).Address);
        Assert.Equal("01.0", devices.Single(device => device.QomPath == nameless.Path).Address);
        Assert.Equal("00:00.0", devices.Single(device => device.QomPath == first.Path).Address);
    }

    [Fact]
    public void Places_are_ordered_as_numbers_and_hubs_have_what_is_plugged_into_them()
    {
        var controller = Device("/machine/peripheral/usb", "qemu-xhci", Root);
        var bus = Bus(controller, "usb.0", "usb-bus");
        var hub = Device("/machine/peripheral/hub", "usb-hub", bus, 2);
        var farther = Device("/machine/peripheral/hub2", "usb-hub", bus, 2, 10);
        var farthest = Device("/machine/peripheral/stick", "usb-storage", bus, 2, 10, 1);
        var ninth = Device("/machine/peripheral/keys", "usb-kbd", bus, 2, 9);
        var tenth = Device("/machine/peripheral/mouse", "usb-mouse", bus, 10);

        var devices = Tree("[]", controller, tenth, farthest, farther, ninth, hub);

        Assert.Equal(["usb", "hub", "keys", "hub2", "stick", "mouse"], devices.Select(device => device.Id));
        Assert.Equal([0, 1, 2, 2, 3, 1], devices.Select(device => device.Depth));
        Assert.Equal(farther.Path, devices[4].ParentPath);
    }

    [Fact]
    public void A_device_stands_for_the_part_whose_id_it_has_and_both_halves_of_a_socket_for_one()
    {
        var parts = new DefinedParts(new VmDefinition
        {
            Name = "dev",
            Drives = [new VmDrive { Id = "disk0" }],
            NetworkAdapters = [new VmNetworkAdapter { Id = "net0", MacAddress = "52:54:00:00:00:01" }],
            UsbDevices = [new VmUsbDevice { Id = "key", Match = new UsbMatch { IdentifyBy = UsbIdentifyBy.Port } }],
            PciDevices = [new VmPciDevice { Id = "gpu", Address = "0000:01:00.0" }],
        });

        Assert.Equal((QemuVmDevicePart.Disk, "disk0"), parts.Of("disk0"));
        Assert.Equal((QemuVmDevicePart.NetworkAdapter, "net0"), parts.Of("net0-adapter"));
        Assert.Equal((QemuVmDevicePart.UsbPassthrough, "key"), parts.Of("key"));
        Assert.Equal((QemuVmDevicePart.UsbPassthrough, "key"), parts.Of("key-peer"));
        Assert.Equal((QemuVmDevicePart.PciPassthrough, "gpu"), parts.Of("gpu"));
        Assert.Equal((QemuVmDevicePart.HotplugPort, null), parts.Of("port-disk0"));
        Assert.Equal((null, null), parts.Of("net0"));
        Assert.Equal((null, null), parts.Of(null));
    }

    [Theory]
    [InlineData("usb-bus", """["1.12"]""", "1.12")]
    [InlineData("usb-bus", """[""]""", null)]
    [InlineData("SCSI", "[0,3,1]", "0:3:1")]
    [InlineData("SCSI", "[0,null,1]", null)]
    [InlineData("ISA", "[1016]", "0x3f8")]
    [InlineData("ISA", "[4294967295]", null)]
    [InlineData("i2c-bus", "[80]", "0x50")]
    [InlineData("virtio-pci-bus", "[]", null)]
    public void A_place_is_told_as_users_of_that_bus_know_it(string bus, string values, string? expected)
    {
        var places = BusPlaces.Of(bus);
        var numbers = BusPlaces.Read([.. JsonDocument.Parse(values).RootElement.EnumerateArray()]);

        Assert.Equal(expected, numbers.Count == 0 ? null : places.ToText(numbers));
    }

    private static IReadOnlyList<QemuVmDevice> Tree(string pci, params QomDevice[] devices) =>
        new DeviceTree("dev", devices, PciFunctions.Parse(JsonDocument.Parse(pci).RootElement), new DefinedParts(new VmDefinition { Name = "dev" })).Devices;

    private static QomDevice Device(string path, string type, QomBus bus, params int[] place) => new(path, type, bus, 0, true, place);

    private static QomBus Bus(QomDevice owner, string name, string type) => new($"{owner.Path}/{name}", type, type.Contains("pci", StringComparison.OrdinalIgnoreCase) ? BusPlaces.Pci : BusPlaces.Of(type), owner);
}
