using QemuPS.Host;
using QemuPS.Processes;

namespace QemuPS.Tests.Host;

/// <summary>With the real QEMU behind a script that counts how often it is run.</summary>
public sealed class CapabilityCacheTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("qps").FullName;
    private readonly string? _cache = Environment.GetEnvironmentVariable("XDG_CACHE_HOME");

    public CapabilityCacheTests() => Environment.SetEnvironmentVariable("XDG_CACHE_HOME", Path.Combine(_folder, "cache"));

    public void Dispose()
    {
        Environment.SetEnvironmentVariable("XDG_CACHE_HOME", _cache);
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task QEMU_says_what_it_can_do()
    {
        var found = await CapabilityCache.GetAsync(Tool.Find("qemu-system-x86_64"), NoFeedback.Instance, default);

        Assert.Equal("x86_64", found.Target);
        Assert.True(found.Version >= new Version(6, 2));
        Assert.Equal("pc", found.MachineTypes[0].Alias);
        Assert.NotNull(found.FindMachineType("q35"));
        Assert.True(found.HasCpuModel("max"));
        Assert.True(found.HasDevice("virtio-net-pci"));
        Assert.True(found.HasDevice("virtio-net"));
        Assert.False(found.HasDevice("q35-pcihost"));
        Assert.Contains("tcg", found.Accelerators);
        Assert.Contains("none", found.Displays);
        Assert.Equal("Network", found.Devices.Single(device => device.Name == "e1000").Category);
    }

    [Fact]
    public async Task An_emulator_is_asked_once_and_again_when_it_is_another_one()
    {
        var emulator = Script("exec qemu-system-x86_64 \"$@\"");

        await CapabilityCache.GetAsync(emulator, NoFeedback.Instance, default);
        var once = Runs();
        await CapabilityCache.GetAsync(emulator, NoFeedback.Instance, default);
        Assert.Equal(once, Runs());

        File.SetLastWriteTimeUtc(emulator.Path, DateTime.UtcNow.AddMinutes(-5));
        Assert.Null(CapabilityCache.Find(emulator));
        await CapabilityCache.GetAsync(emulator, NoFeedback.Instance, default);
        Assert.Equal(2 * once, Runs());
        Assert.NotNull(CapabilityCache.Find(emulator));
    }

    [Fact]
    public async Task A_cache_that_is_no_JSON_is_no_cache()
    {
        var emulator = Script("exec qemu-system-x86_64 \"$@\"");
        await CapabilityCache.GetAsync(emulator, NoFeedback.Instance, default);
        foreach (var file in Directory.GetFiles(Path.Combine(_folder, "cache", "qemups"))) File.WriteAllText(file, "{");
        File.SetLastWriteTimeUtc(emulator.Path, DateTime.UtcNow.AddMinutes(-5));

        Assert.Equal("x86_64", (await CapabilityCache.GetAsync(emulator, NoFeedback.Instance, default)).Target);
    }

    [Fact]
    public async Task An_emulator_that_does_not_answer_is_an_error_with_its_words()
    {
        var emulator = Script("echo 'cannot open shared object' >&2; exit 1");

        var error = await Assert.ThrowsAsync<QemuException>(() => CapabilityCache.GetAsync(emulator, NoFeedback.Instance, default));

        Assert.Equal(ErrorId.ToolFailed, error.Id);
        Assert.Contains("cannot open shared object", error.Message);
    }

    [Fact]
    public void The_devices_of_info_qdm_are_read_with_alias_bus_and_category()
    {
        var devices = CapabilityQuery.Devices(
            """
            Network devices:
            name "e1000", bus PCI, alias "e1000-82540em", desc "Intel Gigabit Ethernet"
            name "ne2k_isa", bus ISA

            Misc devices:
            name "i8042", bus ISA, no-user
            name "cpu-thing"
            """.ReplaceLineEndings("\r\n"));

        Assert.Equal(
            [
                new QemuDeviceModel("cpu-thing", null, "Misc", null, null),
                new QemuDeviceModel("e1000", "e1000-82540em", "Network", "PCI", "Intel Gigabit Ethernet"),
                new QemuDeviceModel("ne2k_isa", null, "Network", "ISA", null),
            ],
            devices);
    }

    private string Counter => Path.Combine(_folder, "runs");

    private int Runs() => File.ReadAllLines(Counter).Length;

    private Tool Script(string command)
    {
        var path = Path.Combine(_folder, "qemu-system-x86_64");
        File.WriteAllText(path, $"#!/bin/sh\necho run >> {Counter}\nPATH=/usr/local/bin:/usr/bin:/bin\n{command}\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return Tool.Find(path);
    }
}
