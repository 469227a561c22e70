using System.Text.Json;
using QemuPS.Machines;

namespace QemuPS.Tests.Machines;

/// <summary>A saved guest goes on in a QEMU that has the same devices in the same places.</summary>
public sealed class DeviceLayoutTests
{
    private const string Disk = """{"driver":"virtio-blk-pci","id":"disk1","bus":"port-disk1"}""";

    [Fact]
    public void A_device_that_came_while_the_guest_ran_sits_where_it_came_to()
    {
        var layout = Parse("""{"driver":"virtio-blk-pci","id":"disk1","addr":"0.0","bus":"hotplug2"}""");

        Assert.Equal(["-device", """{"driver":"virtio-blk-pci","id":"disk1","bus":"hotplug2","addr":"0.0"}"""], layout.Apply(["-device", Disk]));
    }

    [Fact]
    public void A_device_that_the_guest_had_not_is_left_out()
    {
        var layout = Parse("""{"driver":"virtio-blk-pci","id":"disk0","addr":"6.0","bus":"pcie.0"}""");

        Assert.Equal(["-m", "1G", "-smp", "1"], layout.Apply(["-m", "1G", "-device", Disk, "-smp", "1"]));
    }

    [Fact]
    public void A_port_whose_device_has_gone_is_made_again_before_what_sits_behind_ports()
    {
        var layout = Parse(
            """{"driver":"isa-serial","id":"serial0-port"}""",
            """{"driver":"pcie-root-port","id":"port-disk9","addr":"7.0","chassis":129,"slot":129,"bus":"pcie.0"}""",
            """{"driver":"pcie-root-port","id":"hotplug0","addr":"2.0","chassis":1,"slot":1,"bus":"pcie.0"}""",
            """{"driver":"virtio-scsi-pci","id":"scsi","addr":"0.0","bus":"hotplug0"}""",
            """{"driver":"virtio-blk-pci","id":"disk1","addr":"6.0","bus":"pcie.0"}""");

        var ids = Ids(layout.Apply(["-device", """{"driver":"isa-serial","id":"serial0-port"}""", "-device", """{"driver":"pcie-root-port","id":"hotplug0","chassis":1,"slot":1}""", "-device", Disk]));

        Assert.Equal(["port-disk9", "serial0-port", "hotplug0", "scsi", "disk1"], ids);
    }

    [Fact]
    public void What_nobody_can_make_again_is_named()
    {
        var layout = Parse("""{"driver":"nec-usb-xhci","id":"mine","addr":"0.0","bus":"hotplug0"}""", """{"driver":"usb-host","id":"usb-1050-0407","port":"1","bus":"usb.0"}""");

        Assert.Equal(["'mine' (nec-usb-xhci)"], layout.Strangers(["-device", Disk], new HashSet<string> { "usb-1050-0407" }));
    }

    [Fact]
    public void What_the_users_own_arguments_name_is_as_they_say()
    {
        var layout = Parse("""{"driver":"edu","id":"own","addr":"9.0","bus":"pcie.0"}""");

        Assert.Empty(layout.Strangers(["-device", "edu,id=own"], new HashSet<string>()));
        Assert.Equal(["-device", "edu,id=own"], layout.Apply(["-device", "edu,id=own"]));
    }

    [Theory]
    [InlineData("""{"driver":"virtio-blk-pci","id":"disk1","drive":"other"}""")]
    [InlineData("""{"driver":"virtio-blk-pci","id":"disk1","addr":{"qemu":"takes"}}""")]
    [InlineData("""{"driver":"virtio-blk-pci"}""")]
    public void What_says_more_than_where_a_device_sits_is_refused(string device) => Assert.Throws<FormatException>(() => Parse(device));

    [Fact]
    public void A_devices_driver_is_what_the_definition_says()
    {
        var layout = Parse("""{"driver":"vfio-pci","id":"disk1","addr":"0.0","bus":"hotplug2"}""", """{"driver":"vfio-pci","id":"scsi","addr":"1.0","bus":"pcie.0"}""");

        Assert.DoesNotContain("vfio-pci", string.Join(' ', layout.Apply(["-device", Disk])), StringComparison.Ordinal);
    }

    [Fact]
    public void It_is_the_same_after_it_was_written_and_read()
    {
        var text = Parse("""{"driver":"scsi-hd","id":"disk2","channel":0,"scsi-id":3,"lun":1,"bus":"scsi.0"}""").ToJson().ToJsonString();

        Assert.Equal("""[{"driver":"scsi-hd","id":"disk2","channel":0,"scsi-id":3,"lun":1,"bus":"scsi.0"}]""", text);
    }

    private static DeviceLayout Parse(params string[] devices) => DeviceLayout.Parse(JsonDocument.Parse($"[{string.Join(',', devices)}]").RootElement);

    private static IEnumerable<string?> Ids(IReadOnlyList<string> arguments) =>
        arguments.Where(argument => argument.StartsWith('{')).Select(argument => JsonDocument.Parse(argument).RootElement.GetProperty("id").GetString());
}
