using QemuPS.Devices;
using QemuPS.Devices.Pci;
using QemuPS.Udev;

namespace QemuPS.Tests.Devices.Pci;

/// <summary>Drivers are changed by address, verified, and put back when one device of several fails.</summary>
public sealed class PciDriverTests : IDisposable
{
    private const string Gpu = "0000:01:00.0";
    private const string Audio = "0000:01:00.1";
    private const string Twin = "0000:02:00.0";
    private const string Port = "0000:00:01.0";

    private readonly RecordedHost _host = new();
    private readonly TestKernel _kernel;

    public PciDriverTests()
    {
        _host.AddPci(Port, code: 0x060400, group: 2, driver: "pcieport")
            .AddPci(Gpu, [Port], code: 0x030000, id: "10de:25a0:0000:0000", group: 2, driver: "nouveau", files: [("reset_method", "flr bus"), ("modalias", "pci:gpu")])
            .AddPci(Audio, [Port], code: 0x040300, id: "10de:2291:0000:0000", group: 2, driver: "snd_hda_intel", files: ("reset_method", "bus"))
            .AddPci(Twin, code: 0x030000, id: "10de:25a0:0000:0000", group: 3, driver: "nouveau", files: ("modalias", "pci:gpu"))
            .Add("/sys/bus/pci/drivers/vfio-pci/new_id", "");
        _kernel = new TestKernel(_host) { Matches = { [Gpu] = "nouveau", [Audio] = "snd_hda_intel", [Twin] = "nouveau" } };
    }

    private SysfsRoot Root => _host.Root;

    public void Dispose() => _host.Dispose();

    [Fact]
    public async Task A_device_gets_VFIO_by_its_address_and_its_twin_keeps_its_driver()
    {
        var changed = await SetAsync("vfio-pci", Gpu);

        Assert.Equal(("vfio-pci", "vfio-pci"), (changed.Single().Driver, changed.Single().DriverOverride));
        Assert.Equal(("nouveau", null), (Find(Twin).Driver, Find(Twin).DriverOverride));
        Assert.Equal(
            [$"{PciHost.Folder(Gpu, [Port])}/driver_override <- vfio-pci\\n", $"/sys/bus/pci/drivers/nouveau/unbind <- {Gpu}", $"/sys/bus/pci/drivers_probe <- {Gpu}"],
            _kernel.Writes);
    }

    [Fact]
    public async Task The_whole_group_goes_and_its_bridge_stays()
    {
        await SetAsync(new PciDriverRequest { Driver = "vfio-pci", WholeGroup = true }, Gpu);

        Assert.Equal(["pcieport", "vfio-pci", "vfio-pci"], PciDevices.Read(Root).Where(device => device.IommuGroup == 2).Select(device => device.Driver));
    }

    [Fact]
    public async Task The_default_comes_back_by_a_newline_and_nothing_is_left_of_the_override()
    {
        await SetAsync("vfio-pci", Gpu);
        _kernel.Writes.Clear();

        var changed = await SetAsync((string?)null, Gpu);

        Assert.Equal(("nouveau", null), (changed.Single().Driver, changed.Single().DriverOverride));
        Assert.EndsWith("/driver_override <- \\n", _kernel.Writes[0]);
    }

    [Theory]
    [InlineData(false, null)]
    [InlineData(false, "vfio-pci")]
    [InlineData(true, null)]
    [InlineData(true, "vfio-pci")]
    public async Task What_a_killed_change_has_left_is_finished_or_taken_back_by_the_next_one(bool isUnbound, string? driver)
    {
        File.WriteAllText($"{Root.Folder}{PciHost.Folder(Twin)}/driver_override", "vfio-pci\n");
        if (isUnbound) await _kernel.WriteAsync("/sys/bus/pci/drivers/nouveau/unbind", Twin, TimeSpan.FromSeconds(1), CancellationToken.None);

        var changed = await SetAsync(driver, Twin);

        Assert.Equal((driver ?? "nouveau", driver), (changed.Single().Driver, changed.Single().DriverOverride));
    }

    [Fact]
    public async Task A_default_driver_that_was_never_loaded_is_loaded_by_the_devices_alias()
    {
        Directory.Delete(Root.Folder + "/sys/bus/pci/drivers/nouveau", recursive: true);
        File.Delete($"{Root.Folder}{PciHost.Folder(Twin)}/driver");
        _kernel.Modules["pci:gpu"] = "nouveau";

        var changed = await SetAsync((string?)null, Twin);

        Assert.Contains("modprobe pci:gpu", _kernel.Writes);
        Assert.Equal("nouveau", changed.Single().Driver);
    }

    [Fact]
    public async Task A_driver_that_is_not_loaded_is_loaded_and_one_that_does_not_exist_changes_nothing()
    {
        Directory.Delete(Root.Folder + "/sys/bus/pci/drivers/vfio-pci", recursive: true);
        _kernel.Modules["vfio-pci"] = "vfio-pci";

        await SetAsync("vfio-pci", Gpu);
        var failure = await Assert.ThrowsAsync<QemuException>(() => SetAsync("vfoi-pci", Audio));

        Assert.Equal("vfio-pci", Find(Gpu).Driver);
        Assert.Equal((ErrorId.PciDriverNotFound, "snd_hda_intel", null), (failure.Id, Find(Audio).Driver, Find(Audio).DriverOverride));
    }

    [Theory]
    [InlineData(16)]
    [InlineData(0)]
    [InlineData(22)]
    public async Task If_one_device_of_a_group_is_refused_those_before_it_go_back(int answer)
    {
        _kernel.Refusals[("vfio-pci", Audio)] = answer;

        var failure = await Assert.ThrowsAsync<QemuException>(() => SetAsync("vfio-pci", Gpu, Audio));

        Assert.Equal(ErrorId.PciDriverFailed, failure.Id);
        Assert.Contains(Audio, failure.Message);
        Assert.Equal(["nouveau", "snd_hda_intel"], new[] { Gpu, Audio }.Select(address => Find(address).Driver));
        Assert.All([Gpu, Audio], address => Assert.Null(Find(address).DriverOverride));
    }

    [Theory]
    [InlineData("/driver_override", "vfio-pci", 22)]
    [InlineData("/unbind", Gpu, 19)]
    [InlineData("/unbind", Gpu, 16)]
    [InlineData("/drivers_probe", Gpu, 22)]
    public async Task What_the_kernel_answers_is_in_the_error_and_the_device_is_as_before(string file, string text, int answer)
    {
        _kernel.Answers[(file, text)] = answer;

        var failure = await Assert.ThrowsAsync<QemuException>(() => SetAsync("vfio-pci", Gpu));

        Assert.Contains(KernelErrors.Name(answer), failure.Message);
        // The answer is the same on the way back where the kernel refuses to probe.
        Assert.Equal(file == "/drivers_probe" ? null : "nouveau", Find(Gpu).Driver);
        if (file == "/drivers_probe") Assert.Contains("could not go back", failure.Message);
    }

    [Fact]
    public async Task An_override_that_did_not_take_is_noticed_although_the_kernel_answered_well()
    {
        _kernel.Answers[("/driver_override", "vfio-pci")] = 0;

        var failure = await Assert.ThrowsAsync<QemuException>(() => SetAsync("vfio-pci", Gpu));

        Assert.Contains("driver_override is no driver after", failure.Message);
    }

    [Fact]
    public async Task A_driver_that_does_not_let_go_ends_the_wait_and_the_others_go_back()
    {
        _kernel.Stuck.Add(Audio);

        var failure = await Assert.ThrowsAsync<QemuException>(() => SetAsync(new PciDriverRequest { Driver = "vfio-pci", Limit = TimeSpan.FromMilliseconds(200) }, Gpu, Audio));

        Assert.Equal((ErrorId.PciDriverTimeout, "nouveau"), (failure.Id, Find(Gpu).Driver));
        Assert.Contains($"{Audio} is in the hands of its driver", failure.Message);
    }

    [Theory]
    [InlineData(1, "sudo")]
    [InlineData(13, "sudo")]
    [InlineData(30, "host itself")]
    public async Task Who_may_not_write_is_told_how_he_may(int answer, string advice)
    {
        _kernel.Answers[("/driver_override", "vfio-pci")] = answer;

        var failure = await Assert.ThrowsAsync<QemuException>(() => SetAsync("vfio-pci", Gpu));

        Assert.Equal(ErrorId.AccessDenied, failure.Id);
        Assert.DoesNotContain("undone", failure.Message);
        Assert.Contains(advice, failure.RecommendedAction);
    }

    [Fact]
    public async Task A_device_that_goes_meanwhile_is_said_to_have_gone()
    {
        var plan = PciDriverPlan.Make(Root, [Find(Twin)], new PciDriverRequest { Driver = "vfio-pci" });
        Directory.Delete(Root.Folder + PciHost.Folder(Twin), recursive: true);

        var failure = await Assert.ThrowsAsync<QemuException>(() => new PciDriverChange(Root, _kernel).RunAsync(plan, NoFeedback.Instance, CancellationToken.None));

        Assert.Equal(ErrorId.PciDeviceNotFound, failure.Id);
    }

    [Fact]
    public async Task What_is_as_it_should_be_is_left_alone()
    {
        await SetAsync("vfio-pci", Gpu);
        _kernel.Writes.Clear();

        Assert.Empty(await SetAsync("vfio-pci", Gpu));
        Assert.Empty(_kernel.Writes);
    }

    [Fact]
    public async Task What_was_changed_for_nothing_is_undone_as_it_was_also_where_there_was_no_driver()
    {
        File.Delete($"{Root.Folder}{PciHost.Folder(Audio, [Port])}/driver");
        var plan = PciDriverPlan.Make(Root, [Find(Gpu), Find(Audio)], new PciDriverRequest { Driver = "vfio-pci" });
        var change = new PciDriverChange(Root, _kernel);
        await change.RunAsync(plan, NoFeedback.Instance, CancellationToken.None);

        await change.UndoAsync(plan, NoFeedback.Instance);

        Assert.Equal([("nouveau", null), (null, null)], new[] { Gpu, Audio }.Select(address => (Find(address).Driver, Find(address).DriverOverride)));
    }

    [Fact]
    public void What_the_host_uses_is_refused_with_the_reason_unless_it_is_forced()
    {
        _host.Add($"{PciHost.Folder(Gpu, [Port])}/boot_vga", "1\n").Link("/proc/9/fd/1", "/dev/dri/card1").Add("/proc/9/comm", "Xorg\n").Add($"{PciHost.Folder(Twin)}/drm/card1/uevent", "");

        Assert.Equal(ErrorId.PciDeviceInUse, Refusal(Gpu, "vfio-pci").Id);
        Assert.Contains("the boot display", Refusal(Gpu, "vfio-pci").Message);
        Assert.Contains("Xorg (pid 9)", Refusal(Twin, "vfio-pci").Message);
        Assert.Single(PciDriverPlan.Make(Root, [Find(Gpu)], new PciDriverRequest { Driver = "vfio-pci", Force = true }).Devices);
        Assert.Equal(ErrorId.PciDeviceIsBridge, Refusal(Port, "vfio-pci").Id);
    }

    [Fact]
    public async Task What_a_running_machine_has_is_never_taken_from_it()
    {
        await SetAsync("vfio-pci", Gpu);
        _host.Link("/proc/77/fd/9", "/dev/vfio/2").Add("/proc/77/comm", "qemu-system-x86\n");

        var failure = Assert.Throws<QemuException>(() => PciDriverPlan.Make(Root, [Find(Gpu)], new PciDriverRequest { Driver = null, Force = true }));

        Assert.Contains("qemu-system-x86 (pid 77)", failure.Message);
    }

    [Fact]
    public void A_whole_group_is_refused_for_one_of_its_devices()
    {
        _host.Add("/sys/class/tty/console/active", "ttyS0\n").Add($"{PciHost.Folder(Audio, [Port])}/tty/ttyS0/dev", "").Link("/sys/class/tty/ttyS0", $"../../{PciHost.Folder(Audio, [Port])["/sys/".Length..]}/tty/ttyS0");

        Assert.Contains(Audio, Assert.Throws<QemuException>(() => PciDriverPlan.Make(Root, [Find(Gpu)], new PciDriverRequest { Driver = "vfio-pci", WholeGroup = true })).Message);
    }

    [Fact]
    public void Devices_that_do_not_come_back_well_from_a_machine_are_warned_about()
    {
        var plan = PciDriverPlan.Make(Root, [Find(Gpu), Find(Audio), Find(Twin)], new PciDriverRequest { Driver = "vfio-pci" });

        Assert.Equal(2, plan.Warnings.Count());
        Assert.Contains(plan.Warnings, warning => warning.StartsWith(Audio, StringComparison.Ordinal) && warning.Contains("whole bus", StringComparison.Ordinal));
        Assert.Contains(plan.Warnings, warning => warning.StartsWith(Twin, StringComparison.Ordinal) && warning.Contains("no way to be reset", StringComparison.Ordinal));
    }

    [Fact]
    public void The_commands_of_a_plan_are_those_a_shell_would_run()
    {
        Assert.Equal(
            [$"echo vfio-pci > {PciHost.Folder(Twin)}/driver_override", $"echo {Twin} > /sys/bus/pci/drivers/nouveau/unbind", $"echo {Twin} > /sys/bus/pci/drivers_probe"],
            PciDriverPlan.Make(Root, [Find(Twin)], new PciDriverRequest { Driver = "vfio-pci" }).Commands);
    }

    [Fact]
    public async Task A_choice_is_kept_by_a_rule_for_this_kind_at_this_place()
    {
        Directory.CreateDirectory(Root.Folder + "/etc/udev/rules.d");

        await DriverOverrides.SaveAsync(Root, Find(Gpu), "vfio-pci", CancellationToken.None);

        var rule = Assert.Single(UdevRules.Read(Root));
        Assert.True(rule.IsManaged);
        Assert.Equal("/etc/udev/rules.d/70-qemups-pci-0000-01-00.0.rules", rule.Path);
        Assert.Contains("KERNEL==\"0000:01:00.0\", ATTR{vendor}==\"0x10de\", ATTR{device}==\"0x25a0\", ATTR{driver_override}=\"vfio-pci\", RUN{builtin}+=\"kmod load vfio-pci\"", rule.Text);
        // A driver that was quicker loses the device again.
        Assert.Contains("[ -e /sys/bus/pci/drivers/vfio-pci/%k ] || {", rule.Text);

        await DriverOverrides.RemoveAsync(Root, Find(Gpu), CancellationToken.None);
        Assert.Empty(UdevRules.Read(Root));
    }

    [Fact]
    public async Task A_choice_is_kept_in_driverctls_file_where_driverctl_is_installed()
    {
        _host.Add("/usr/sbin/driverctl", "");

        await DriverOverrides.SaveAsync(Root, Find(Gpu), "vfio-pci", CancellationToken.None);

        Assert.Equal("vfio-pci\n", File.ReadAllText($"{Root.Folder}/etc/driverctl.d/pci-{Gpu}"));
        Assert.Equal([$"/etc/driverctl.d/pci-{Gpu}"], DriverOverrides.Find(Root, Find(Gpu)));
        await DriverOverrides.RemoveAsync(Root, Find(Gpu), CancellationToken.None);
        Assert.Empty(DriverOverrides.Find(Root, Find(Gpu)));
    }

    [Fact]
    public void A_recorded_host_has_no_kernel_to_write_to() =>
        Assert.Equal(ErrorId.RecordedHost, Assert.Throws<QemuException>(() => KernelWriter.For(Root)).Id);

    [Fact]
    public async Task The_real_writer_gives_the_systems_own_error_numbers_and_one_write_a_text()
    {
        var writer = KernelWriter.For(new SysfsRoot());
        var file = $"{Root.Folder}/value";
        File.WriteAllText(file, "");

        Assert.Equal(0, await writer.WriteAsync(file, "text\n", TimeSpan.FromSeconds(5), CancellationToken.None));
        Assert.Equal("text\n", File.ReadAllText(file));
        Assert.Equal(2, await writer.WriteAsync(file + "2", "x", TimeSpan.FromSeconds(5), CancellationToken.None));
        Assert.Equal(28, await writer.WriteAsync("/dev/full", "x", TimeSpan.FromSeconds(5), CancellationToken.None));
    }

    private PciDevice Find(string address) => PciDevices.Find(Root, address)!;

    private QemuException Refusal(string address, string driver) =>
        Assert.Throws<QemuException>(() => PciDriverPlan.Make(Root, [Find(address)], new PciDriverRequest { Driver = driver }));

    private Task<IReadOnlyList<PciDevice>> SetAsync(string? driver, params string[] addresses) => SetAsync(new PciDriverRequest { Driver = driver }, addresses);

    private Task<IReadOnlyList<PciDevice>> SetAsync(PciDriverRequest request, params string[] addresses)
    {
        var plan = PciDriverPlan.Make(Root, [.. addresses.Select(Find)], request);
        return new PciDriverChange(Root, _kernel).RunAsync(plan, NoFeedback.Instance, CancellationToken.None);
    }
}
