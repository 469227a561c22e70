using System.Text;
using FsCheck.Xunit;
using QemuPS.Devices.Mdev;

namespace QemuPS.Tests.Devices.Mdev;

public sealed class MdevTests : IDisposable
{
    private static readonly Guid Uuid = new("11111111-2222-3333-4444-555555555555");
    private readonly MdevHost _host = new();

    public void Dispose() => _host.Dispose();

    [Fact]
    public void Types_tell_what_they_are_and_how_many_are_left()
    {
        var types = MdevTypes.Read(_host.Host.Root);

        Assert.Equal(["i915-GVTg_V5_4", "i915-GVTg_V5_8"], types.Select(type => type.Id));
        Assert.Equal(("i915-GVTg_V5_4", 1, "vfio-pci", MdevHost.Card), (types[0].Name, types[0].AvailableInstances, types[0].DeviceApi, types[0].Parent));
        Assert.Equal("low_gm_size: 128MB, high_gm_size: 512MB, resolution: 1920x1200", types[0].Description);
        Assert.Equal(("GVTg 8", null), (types[1].Name, types[1].Description));
    }

    [Fact]
    public async Task A_device_is_made_shown_and_removed()
    {
        var made = await CreateAsync(Uuid);

        Assert.Equal((Uuid, MdevHost.Card, "i915-GVTg_V5_4", true, false, 40), (made.Uuid, made.Parent, made.Type, made.IsActive, made.IsDefined, made.IommuGroup));
        Assert.Equal(0, MdevTypes.Read(_host.Host.Root)[0].AvailableInstances);
        await Change().RemoveAsync(made, persist: false, CancellationToken.None);
        Assert.Empty(MdevDevices.Read(_host.Host.Root));
    }

    [Fact]
    public async Task Without_a_UUID_each_gets_one_of_its_own()
    {
        var type = MdevTypes.Read(_host.Host.Root)[1];

        var first = await Change().CreateAsync(type, null, false, false, CancellationToken.None);
        var second = await Change().CreateAsync(type, null, false, false, CancellationToken.None);

        Assert.NotEqual(first.Uuid, second.Uuid);
    }

    [Fact]
    public async Task A_UUID_that_exists_is_refused_and_the_first_device_stays()
    {
        await CreateAsync(Uuid);

        var failure = await Assert.ThrowsAsync<QemuException>(() => Change().CreateAsync(MdevTypes.Read(_host.Host.Root)[1], Uuid, true, false, CancellationToken.None));

        Assert.Equal(ErrorId.MdevDeviceExists, failure.Id);
        Assert.Equal("i915-GVTg_V5_4", Assert.Single(MdevDevices.Read(_host.Host.Root)).Type);
    }

    [Fact]
    public async Task When_none_are_left_nothing_is_written()
    {
        await CreateAsync(Uuid);
        _host.Kernel.Writes.Clear();

        var failure = await Assert.ThrowsAsync<QemuException>(() => CreateAsync(null));

        Assert.Equal(ErrorId.MdevInstancesExhausted, failure.Id);
        Assert.Empty(_host.Kernel.Writes);
    }

    [Theory]
    [InlineData(87, ErrorId.MdevInstancesExhausted)]
    [InlineData(28, ErrorId.MdevInstancesExhausted)]
    [InlineData(17, ErrorId.MdevDeviceExists)]
    [InlineData(19, ErrorId.MdevTypeNotFound)]
    [InlineData(22, ErrorId.MdevFailed)]
    [InlineData(13, ErrorId.AccessDenied)]
    [InlineData(0, ErrorId.MdevFailed)]
    public async Task What_the_kernel_answers_is_told_apart_and_nothing_is_defined(int answer, ErrorId expected)
    {
        _host.Kernel.Answers[("/create", Uuid.ToString())] = answer;

        var failure = await Assert.ThrowsAsync<QemuException>(() => CreateAsync(Uuid, persist: true));

        Assert.Equal(expected, failure.Id);
        Assert.Empty(MdevDevices.Read(_host.Host.Root));
    }

    [Fact]
    public async Task When_its_parent_has_gone_the_error_says_so()
    {
        var type = MdevTypes.Read(_host.Host.Root)[0];
        Directory.Delete($"{_host.Folder}/sys/devices/pci0000:00/{MdevHost.Card}/mdev_supported_types", recursive: true);

        Assert.Equal(ErrorId.MdevTypeNotFound, (await Assert.ThrowsAsync<QemuException>(() => Change().CreateAsync(type, Uuid, true, false, CancellationToken.None))).Id);
        Assert.Empty(MdevDevices.Read(_host.Host.Root));
    }

    [Fact]
    public async Task If_its_definition_cannot_be_written_the_device_is_taken_back()
    {
        File.WriteAllText($"{_host.Folder}/etc/mdevctl.d/{MdevHost.Card}", "in the way");

        var failure = await Assert.ThrowsAsync<QemuException>(() => CreateAsync(Uuid, persist: true));

        Assert.Equal(ErrorId.FileSystemError, failure.Id);
        Assert.Empty(MdevDevices.Read(_host.Host.Root));
        Assert.Equal(1, MdevTypes.Read(_host.Host.Root)[0].AvailableInstances);
    }

    [Fact]
    public async Task What_is_kept_is_in_mdevctls_files_and_can_be_made_again_as_it_was()
    {
        await CreateAsync(Uuid, persist: true, autoStart: true);
        var active = Assert.Single(MdevDevices.Read(_host.Host.Root));
        await Change().RemoveAsync(active, persist: false, CancellationToken.None);
        var waiting = Assert.Single(MdevDevices.Read(_host.Host.Root));

        Assert.Equal((true, true, true), (active.IsActive, active.IsDefined, active.AutoStart));
        Assert.Equal((false, true, true), (waiting.IsActive, waiting.IsDefined, waiting.AutoStart));
        Assert.True((await CreateAsync(Uuid)).IsDefined);

        await Change().RemoveAsync(active, persist: true, CancellationToken.None);
        Assert.Empty(MdevDevices.Read(_host.Host.Root));
        Assert.False(Directory.Exists($"{_host.Folder}/etc/mdevctl.d/{MdevHost.Card}"));
    }

    [Fact]
    public async Task Attributes_of_a_definition_are_set_when_it_is_made()
    {
        Define("""{ "mdev_type": "i915-GVTg_V5_4", "start": "manual", "attrs": [ { "assign_adapter": "5" } ] }""");

        await CreateAsync(Uuid);

        Assert.Contains($"/sys/bus/mdev/devices/{Uuid}/assign_adapter <- 5", _host.Kernel.Writes);
    }

    [Theory]
    [InlineData("assign_adapter", 22)]
    [InlineData("../remove", 0)]
    public async Task If_an_attribute_is_refused_the_device_is_taken_back(string name, int answer)
    {
        Define($$"""{ "mdev_type": "i915-GVTg_V5_4", "attrs": [ { "{{name}}": "5" } ] }""");
        _host.AttributeAnswer = answer;

        Assert.Equal(ErrorId.MdevFailed, (await Assert.ThrowsAsync<QemuException>(() => CreateAsync(Uuid))).Id);
        Assert.False(Assert.Single(MdevDevices.Read(_host.Host.Root)).IsActive);
    }

    [Fact]
    public async Task A_UUID_that_is_defined_as_something_else_is_refused()
    {
        Define("""{ "mdev_type": "i915-GVTg_V5_8", "start": "auto" }""");

        var failure = await Assert.ThrowsAsync<QemuException>(() => CreateAsync(Uuid));

        Assert.Contains("defined as i915-GVTg_V5_8", failure.Message);
    }

    [Fact]
    public async Task What_a_machine_has_is_not_removed()
    {
        var made = await CreateAsync(Uuid);
        _host.Host.Link("/proc/9/fd/5", "/dev/vfio/40").Add("/proc/9/comm", "qemu-system-x86\n");

        var failure = await Assert.ThrowsAsync<QemuException>(() => Change().RemoveAsync(made, false, CancellationToken.None));

        Assert.Contains("qemu-system-x86 (pid 9)", failure.Message);
    }

    [Fact]
    public async Task What_is_defined_only_is_removed_when_that_is_asked_for()
    {
        Define("""{ "mdev_type": "x" }""");
        var waiting = MdevDevices.Find(_host.Host.Root, Uuid)!;

        Assert.Contains("-Persist", (await Assert.ThrowsAsync<QemuException>(() => Change().RemoveAsync(waiting, false, CancellationToken.None))).RecommendedAction);
        await Change().RemoveAsync(waiting, true, CancellationToken.None);
        Assert.Empty(MdevDevices.Read(_host.Host.Root));
    }

    [Property(MaxTest = 300)]
    public void Definitions_and_lists_that_make_no_sense_cause_no_exception(string text)
    {
        var anything = text ?? "";

        _ = MdevDefinitions.Parse("p", Uuid, Encoding.UTF8.GetBytes(anything));
        _ = MdevDefinitions.Parse("p", Uuid, Encoding.UTF8.GetBytes($$"""{"mdev_type":"x","attrs":{{anything}}}"""));
        _ = VendorVfio.Parse($"{anything}:{anything}\n1 : {anything}").Count();
    }

    private void Define(string definition) => _host.Host.Add($"/etc/mdevctl.d/{MdevHost.Card}/{Uuid}", definition);

    private MdevChange Change() => new(_host.Host.Root, _host.Kernel);

    private Task<MdevDevice> CreateAsync(Guid? uuid, bool persist = false, bool autoStart = false) =>
        Change().CreateAsync(MdevTypes.Read(_host.Host.Root)[0], uuid, persist, autoStart, CancellationToken.None);
}
