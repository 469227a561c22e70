using QemuPS.Devices.Usb;
using QemuPS.Tests.Devices;
using QemuPS.Udev;

namespace QemuPS.Tests.Udev;

public sealed class UdevRulesTests
{
    private const string Rule = "SUBSYSTEM==\"usb\", ATTR{idVendor}==\"1050\", MODE=\"0660\"\n";

    [Fact]
    public void Files_come_by_name_over_all_folders_and_the_administrators_count_first()
    {
        using var host = new RecordedHost()
            .Add("/usr/lib/udev/rules.d/50-a.rules", Rule).Add("/usr/lib/udev/rules.d/70-b.rules", Rule).Add("/usr/lib/udev/rules.d/90-c.rules", Rule)
            .Add("/run/udev/rules.d/60-d.rules", Rule).Add("/etc/udev/rules.d/70-b.rules", Rule).Add("/etc/udev/rules.d/readme.txt", "x");

        Assert.Equal(
            ["/usr/lib/udev/rules.d/50-a.rules", "/run/udev/rules.d/60-d.rules", "/etc/udev/rules.d/70-b.rules", "/usr/lib/udev/rules.d/90-c.rules"],
            UdevRules.Read(host.Root).Select(rule => rule.Path));
    }

    [Fact]
    public void A_link_to_dev_null_and_an_empty_file_mask_the_others()
    {
        using var host = new RecordedHost()
            .Add("/usr/lib/udev/rules.d/50-a.rules", Rule).Link("/etc/udev/rules.d/50-a.rules", "/dev/null")
            .Add("/usr/lib/udev/rules.d/60-b.rules", Rule).Add("/etc/udev/rules.d/60-b.rules", "");

        Assert.Empty(UdevRules.Read(host.Root));
    }

    [Theory]
    [InlineData("70-a.rules", false)]
    [InlineData("73-seat-late.rules", true)]
    [InlineData("99-a.rules", true)]
    public void Uaccess_has_no_effect_behind_73(string file, bool expected)
    {
        using var host = new RecordedHost().Add($"/etc/udev/rules.d/{file}", "SUBSYSTEM==\"usb\", TAG+=\"uaccess\"\n");

        Assert.Equal(expected, UdevRules.Read(host.Root).Single().Warning.Any(text => text.Contains("TAG uaccess after 73-seat-late has no effect", StringComparison.Ordinal)));
    }

    [Fact]
    public void Keys_of_two_parents_never_count_and_the_rule_says_so()
    {
        using var host = new RecordedHost().AddUsb("1", attributes: [("serial", "A")]).Link("/sys/devices/usb1/1-1/subsystem", "../../../bus/usb")
            .Add("/sys/devices/usb1/1-1/1-1:1.0/bInterfaceClass", "03").Link("/sys/devices/usb1/1-1/1-1:1.0/subsystem", "../../../../bus/usb")
            .Add("/etc/udev/rules.d/70-a.rules", "ATTRS{idVendor}==\"1050\", ATTRS{bInterfaceClass}==\"03\", MODE=\"0666\"\n");
        var rules = UdevRules.Read(host.Root);

        var rule = Assert.Single(UdevRules.ForDevice(host.Root, rules, "/sys/devices/usb1/1-1/1-1:1.0"));

        Assert.False(rule.IsMatch);
        Assert.Contains(rule.Warning, text => text.Contains("never mixes two parents", StringComparison.Ordinal));
    }

    [Fact]
    public void A_group_that_is_missing_is_named()
    {
        using var host = new RecordedHost().Add("/etc/group", "root:x:0:\nkvm:x:108:ada\n")
            .Add("/etc/udev/rules.d/70-a.rules", "KERNEL==\"a\", GROUP=\"plugdev\"\nKERNEL==\"a\", GROUP=\"kvm\"\nKERNEL==\"a\", GROUP=\"46\"\n");

        Assert.Equal([1, 0, 0], UdevRules.Read(host.Root).Select(rule => rule.Warning.Count));
    }

    [Fact]
    public void Jumps_are_made_and_what_is_jumped_over_does_not_count()
    {
        using var host = new RecordedHost().AddUsb("1").Link("/sys/devices/usb1/1-1/subsystem", "../../../bus/usb").Add(
            "/etc/udev/rules.d/70-a.rules",
            "SUBSYSTEM!=\"block\", GOTO=\"end\"\nSUBSYSTEM==\"usb\", MODE=\"0600\"\nLABEL=\"end\"\nSUBSYSTEM==\"usb\", ENV{x}=\"1\"\nENV{x}==\"1\", MODE=\"0660\"\nENV{x}==\"2\", MODE=\"0666\"\n");

        Assert.Equal([(4, true), (5, true)], ForDevice(host).Select(rule => (rule.LineNumber, rule.IsMatch!.Value)));
    }

    [Fact]
    public void What_a_program_would_decide_is_left_open()
    {
        using var host = new RecordedHost().AddUsb("1").Link("/sys/devices/usb1/1-1/subsystem", "../../../bus/usb")
            .Add("/etc/udev/rules.d/70-a.rules", "SUBSYSTEM==\"usb\", PROGRAM==\"/bin/x\", MODE=\"0600\"\n");

        Assert.Null(Assert.Single(ForDevice(host)).IsMatch);
    }

    [Fact]
    public void A_rule_names_one_of_two_identical_devices_by_its_port_on_both_buses()
    {
        using var host = new RecordedHost().AddUsb("1").AddUsb("2");
        var devices = UdevDevices(host);

        var file = UdevRuleText.For(host.Root, devices[0] with { PeerBusId = "2-1" }, devices, new UdevRuleRequest(), null);

        Assert.Contains("KERNEL==\"1-1|2-1\"", file.Rule.Text, StringComparison.Ordinal);
        Assert.Equal("/etc/udev/rules.d/70-qemups-1050-0407-port-1-1.rules", file.Path);
    }

    [Fact]
    public void A_serial_number_cannot_widen_the_rule_or_leave_its_quotes()
    {
        using var host = new RecordedHost().AddUsb("1", attributes: [("serial", "*\" MODE=\"0777")]);
        var devices = UdevDevices(host);

        var file = UdevRuleText.For(host.Root, devices[0], devices, new UdevRuleRequest { Match = UdevMatch.Serial }, null);

        Assert.Equal("?? MODE=?0777", file.Rule.Matches.Single(key => key.Attribute == "serial").Value);
        Assert.Equal(["0660"], file.Rule.Assignments.Where(key => key.Key == "MODE").Select(key => key.Value));
    }

    [Fact]
    public void A_recorded_host_is_not_changed()
    {
        using var host = new RecordedHost().AddUsb("1");
        var devices = UdevDevices(host);
        var file = UdevRuleText.For(host.Root, devices[0], devices, new UdevRuleRequest(), null);

        var error = Assert.Throws<QemuException>(() => UdevApply.ApplyAsync(host.Root, file, NoFeedback.Instance, default).GetAwaiter().GetResult());

        Assert.Equal(ErrorId.RecordedHost, error.Id);
    }

    [Fact]
    public void Without_its_file_a_device_loses_the_access_that_the_rule_gave_and_no_other_does()
    {
        using var host = new RecordedHost().AddUsb("1").AddUsb("2", product: "0408")
            .Link("/sys/devices/usb1/1-1/subsystem", "../../../bus/usb").Link("/sys/devices/usb1/1-2/subsystem", "../../../bus/usb")
            .Add("/etc/udev/rules.d/70-qemups-a.rules", "SUBSYSTEM==\"usb\", ATTR{idProduct}==\"0408\", MODE=\"0660\"\n");

        var removal = UdevRemoval.Of(host.Root, "/etc/udev/rules.d/70-qemups-a.rules");

        Assert.Equal("/sys/devices/usb1/1-2", Assert.Single(removal.Nodes).SysfsPath);
        Assert.Equal(["udevadm control --reload", "udevadm trigger --settle --action=change /sys/devices/usb1/1-2"], removal.Commands.Select(command => string.Join(' ', command)));
        Assert.Empty(UdevRemoval.Of(host.Root, "/tmp/70-qemups-a.rules").Commands);
    }

    [Fact]
    public void The_line_to_paste_is_the_file_and_the_commands()
    {
        using var host = new RecordedHost().AddUsb("1");
        var devices = UdevDevices(host);
        var file = UdevRuleText.For(host.Root, devices[0], devices, new UdevRuleRequest { Group = "kvm" }, null);
        var target = Path.Combine(Directory.CreateTempSubdirectory("qemups-paste-").FullName, "rule");
        var line = UdevApply.Paste(file with { Path = target });

        using var shell = System.Diagnostics.Process.Start("/bin/sh", ["-c", "sudo() { case $1 in tee) \"$@\" >/dev/null ;; esac; }; " + line]);
        shell.WaitForExit();

        Assert.Equal(file.Content, File.ReadAllText(target));
        Directory.Delete(Path.GetDirectoryName(target)!, recursive: true);
    }

    private static IReadOnlyList<UsbDevice> UdevDevices(RecordedHost host) => UsbDevices.Read(host.Root);

    private static IReadOnlyList<UdevRule> ForDevice(RecordedHost host) => UdevRules.ForDevice(host.Root, UdevRules.Read(host.Root), "/sys/devices/usb1/1-1");
}
