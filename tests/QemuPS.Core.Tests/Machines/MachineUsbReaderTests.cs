using QemuPS.Devices.Usb;
using QemuPS.Machines;

namespace QemuPS.Tests.Machines;

public sealed class MachineUsbReaderTests
{
    private static readonly UsbDevice Key = UsbDevices.Absent("1-1.2")! with { VendorId = "1050", ProductId = "0407", SerialNumber = "A1", DeviceNumber = 7, CanAccess = true };
    private static readonly QemuUsbDevice ByKind = new("usb-1050-0407", 0x1050, 0x0407, 0, 0, null, IsAttached: false);
    private static readonly QemuUsbDevice ByPlace = new("usb-1050-0407", 0x1050, 0x0407, 1, 0, "1.2", IsAttached: false);

    public static TheoryData<string, UsbIdentifyBy, bool?, bool, VmPassthroughState> Cases => new()
    {
        { "the machine is off", UsbIdentifyBy.VendorProduct, null, true, VmPassthroughState.Defined },
        { "QEMU has it", UsbIdentifyBy.VendorProduct, true, true, VmPassthroughState.Attached },
        { "QEMU waits", UsbIdentifyBy.VendorProduct, false, false, VmPassthroughState.Pending },
        { "QEMU waits at a socket", UsbIdentifyBy.Port, false, false, VmPassthroughState.Pending },
        { "QEMU cannot find a serial number again", UsbIdentifyBy.Serial, false, false, VmPassthroughState.Stale },
        { "an address is lost", UsbIdentifyBy.Address, false, false, VmPassthroughState.Stale },
        { "QEMU says it has what has gone", UsbIdentifyBy.VendorProduct, true, false, VmPassthroughState.Stale },
        { "QEMU has not got what is there", UsbIdentifyBy.VendorProduct, false, true, VmPassthroughState.Failed },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_state_is_what_QEMU_and_sysfs_say_together(string why, UsbIdentifyBy by, bool? attached, bool plugged, VmPassthroughState expected)
    {
        QemuUsbDevice[]? live = attached is null ? null : [(by == UsbIdentifyBy.VendorProduct ? ByKind : ByPlace) with { IsAttached = attached.Value }];

        var (state, reason, device) = MachineUsbReader.Judge(Match(by), live, plugged ? [Key] : []);

        Assert.True(state == expected, $"{why}: {state}, {reason}");
        Assert.Equal(plugged, device is not null);
        Assert.Equal(expected is VmPassthroughState.Attached or VmPassthroughState.Defined, reason is null);
    }

    [Fact]
    public void A_device_that_moved_to_another_socket_is_stale_where_its_serial_number_is_meant()
    {
        var moved = Key with { Port = "4", BusId = "1-4" };

        var (state, reason, device) = MachineUsbReader.Judge(Match(UsbIdentifyBy.Serial), [ByPlace], [moved]);

        Assert.Equal(VmPassthroughState.Stale, state);
        Assert.Contains("1-4", reason, StringComparison.Ordinal);
        Assert.Same(moved, device);
    }

    [Fact]
    public void The_reason_for_a_failure_is_access_where_it_is()
    {
        var (state, reason, _) = MachineUsbReader.Judge(Match(UsbIdentifyBy.VendorProduct), [ByKind], [Key with { CanAccess = false, AccessHint = "sudo setfacl" }]);

        Assert.Equal(VmPassthroughState.Failed, state);
        Assert.Contains("sudo setfacl", reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Defined_and_lost_by_the_running_machine_is_said_apart()
    {
        var (state, reason, _) = MachineUsbReader.Judge(Match(UsbIdentifyBy.VendorProduct), [], [Key]);

        Assert.Equal(VmPassthroughState.Defined, state);
        Assert.Contains("-Live", reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_device_that_was_handed_over_as_an_open_file_is_attached_until_it_has_gone()
    {
        var open = new QemuUsbDevice("usb-1050-0407", 0, 0, 0, 0, null, IsAttached: true).At(QemuUsbDevice.Mark(Key));

        Assert.Equal(VmPassthroughState.Attached, MachineUsbReader.Judge(open.ToMatch(), [open], [Key]).State);
        Assert.Equal(VmPassthroughState.Stale, MachineUsbReader.Judge(open.ToMatch(), [open], [Key with { DeviceNumber = 8 }]).State);
    }

    [Fact]
    public void A_socket_of_two_buses_is_waited_at_on_both()
    {
        var entry = new VmUsbDevice { Id = "x", Match = Match(UsbIdentifyBy.Port) with { PeerBusId = "2-3.4" } };

        var arguments = UsbArguments.HostDevices(entry, []);

        Assert.Equal(["x:1:1.2", "x-peer:2:3.4"], arguments.Select(device => $"{device["id"]}:{device["hostbus"]}:{device["hostport"]}"));
    }

    private static UsbMatch Match(UsbIdentifyBy by) => new()
    {
        IdentifyBy = by,
        VendorId = "1050",
        ProductId = "0407",
        SerialNumber = "A1",
        BusNumber = 1,
        Port = "1.2",
        DeviceNumber = 7,
    };
}
