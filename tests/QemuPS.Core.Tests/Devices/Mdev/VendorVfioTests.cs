using QemuPS.Devices.Mdev;
using QemuPS.Tests.Devices.Pci;

namespace QemuPS.Tests.Devices.Mdev;

/// <summary>NVIDIA's vGPUs on virtual functions: types with numbers instead of mediated devices.</summary>
public sealed class VendorVfioTests : IDisposable
{
    private const string Card = "0000:41:00.0";
    private const string Types = "ID    : vGPU Name\n1428  : NVIDIA H200X-141C\n1414  : NVIDIA H200X-1-18C\n";
    private readonly RecordedHost _host = new();
    private readonly TestKernel _kernel;

    public VendorVfioTests()
    {
        _host.AddPci(Card, code: 0x030200, id: "10de:2331:0000:0000", driver: "nvidia", files: [("sriov_totalvfs", "3"), ("sriov_numvfs", "3")]);
        for (var number = 4; number < 7; number++)
        {
            var folder = PciHost.Folder($"0000:41:00.{number}");
            _host.AddPci($"0000:41:00.{number}", code: 0x030200, id: "10de:2331:0000:0000", driver: "nvidia", group: 60 + number).Link($"{folder}/physfn", $"../{Card}")
                .Add($"{folder}/nvidia/creatable_vgpu_types", Types).Add($"{folder}/nvidia/current_vgpu_type", "0\n");
        }

        _kernel = new TestKernel(_host) { Others = SetType };
    }

    public void Dispose() => _host.Dispose();

    [Fact]
    public void Types_are_the_cards_with_the_functions_that_could_have_them()
    {
        var types = MdevTypes.Read(_host.Root);

        Assert.Equal([("1414", "NVIDIA H200X-1-18C", 3), ("1428", "NVIDIA H200X-141C", 3)], types.Select(type => (type.Id, type.Name, type.AvailableInstances)));
        Assert.All(types, type => Assert.Equal((Card, MdevFramework.VendorVfio), (type.Parent, type.Framework)));
    }

    [Fact]
    public async Task A_function_gets_the_type_and_loses_it_again()
    {
        var made = await CreateAsync("1414");

        Assert.Equal((null, "0000:41:00.4", Card, "1414", "NVIDIA H200X-1-18C", 64), (made.Uuid, made.Address, made.Parent, made.Type, made.TypeName, made.IommuGroup));
        Assert.Equal(2, MdevTypes.Read(_host.Root)[0].AvailableInstances);
        await new MdevChange(_host.Root, _kernel).RemoveAsync(made, false, CancellationToken.None);
        Assert.Empty(MdevDevices.Read(_host.Root));
    }

    [Fact]
    public async Task When_every_function_has_a_type_none_is_left()
    {
        for (var count = 0; count < 3; count++) await CreateAsync("1414");

        Assert.Equal(ErrorId.MdevInstancesExhausted, (await Assert.ThrowsAsync<QemuException>(() => CreateAsync("1414"))).Id);
    }

    [Fact]
    public async Task A_type_that_did_not_take_is_noticed()
    {
        _kernel.Answers[("current_vgpu_type", "1414")] = 0;

        Assert.Contains("its type is 0", (await Assert.ThrowsAsync<QemuException>(() => CreateAsync("1414"))).Message);
    }

    [Fact]
    public async Task There_is_no_UUID_to_choose_and_nothing_for_mdevctl_to_keep()
    {
        var type = MdevTypes.Read(_host.Root)[0];

        Assert.Equal(ErrorId.InvalidOption, (await Assert.ThrowsAsync<QemuException>(() => new MdevChange(_host.Root, _kernel).CreateAsync(type, Guid.NewGuid(), false, false, CancellationToken.None))).Id);
        Assert.Equal(ErrorId.InvalidOption, (await Assert.ThrowsAsync<QemuException>(() => new MdevChange(_host.Root, _kernel).CreateAsync(type, null, true, false, CancellationToken.None))).Id);
    }

    private Task<MdevDevice> CreateAsync(string type)
    {
        // Whoever asked for the type before still has its object.
        var asked = new MdevType { Parent = Card, Id = type, Name = type, AvailableInstances = 1, Framework = MdevFramework.VendorVfio, SysfsPath = PciHost.Folder(Card) };
        return new MdevChange(_host.Root, _kernel).CreateAsync(asked, null, false, false, CancellationToken.None);
    }

    // A function with a type offers no others.
    private int? SetType(string path, string text)
    {
        if (!path.EndsWith("/current_vgpu_type", StringComparison.Ordinal)) return null;
        var folder = Path.GetDirectoryName(_host.Root.Folder + path)!;
        File.WriteAllText(_host.Root.Folder + path, text + "\n");
        File.WriteAllText($"{folder}/creatable_vgpu_types", text == "0" ? Types : "ID    : vGPU Name\n");
        return 0;
    }
}
