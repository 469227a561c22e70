using QemuPS.Devices.Pci;

namespace QemuPS.Tests.Devices.Pci;

public sealed class PciVirtualFunctionTests : IDisposable
{
    private const string Card = "0000:3b:00.0";
    private readonly RecordedHost _host = new();
    private readonly TestKernel _kernel;

    public PciVirtualFunctionTests()
    {
        _host.AddPci(Card, driver: "i40e", files: [("sriov_totalvfs", "64"), ("sriov_numvfs", "0")]).AddPci("0000:04:00.0");
        _kernel = new TestKernel(_host) { Others = SetCount };
    }

    public void Dispose() => _host.Dispose();

    [Fact]
    public async Task A_card_gets_64_virtual_functions_and_loses_them_again()
    {
        var card = await SetAsync(64);

        Assert.Equal(64, card.VirtualFunctionCount);
        Assert.Equal(64, PciDevices.Read(_host.Root).Count(device => device.PhysicalFunction == Card));
        Assert.Equal(0, (await SetAsync(0)).VirtualFunctionCount);
    }

    [Fact]
    public async Task Another_number_is_reached_by_way_of_zero_as_the_kernel_wants_it()
    {
        await SetAsync(4);
        _kernel.Writes.Clear();

        await SetAsync(8);

        Assert.Equal(["0", "8"], _kernel.Writes.Select(write => write.Split(" <- ")[1]));
    }

    [Fact]
    public async Task What_there_was_comes_back_when_the_new_number_is_refused()
    {
        await SetAsync(4);
        _kernel.Answers[("sriov_numvfs", "8")] = 12;

        var failure = await Assert.ThrowsAsync<QemuException>(() => SetAsync(8));

        Assert.Equal((ErrorId.PciDriverFailed, 4), (failure.Id, Find(Card).VirtualFunctionCount));
    }

    [Theory]
    [InlineData(65, ErrorId.InvalidOption)]
    [InlineData(-1, ErrorId.InvalidOption)]
    public async Task More_than_there_can_be_is_refused_with_the_limit(int count, ErrorId expected)
    {
        var failure = await Assert.ThrowsAsync<QemuException>(() => SetAsync(count));

        Assert.Equal(expected, failure.Id);
        Assert.Contains("0 to 64", failure.Message);
    }

    [Fact]
    public async Task A_device_without_SR_IOV_and_a_driver_without_it_are_told_apart()
    {
        _kernel.Answers[("sriov_numvfs", "2")] = 2;

        Assert.Equal(ErrorId.NotSupported, Assert.Throws<QemuException>(() => PciVirtualFunctions.Require(_host.Root, Find("0000:04:00.0"), 1, false)).Id);
        Assert.Contains("i40e", (await Assert.ThrowsAsync<QemuException>(() => SetAsync(2))).Message);
    }

    [Fact]
    public async Task Virtual_functions_that_a_machine_has_stay()
    {
        await SetAsync(2);
        _host.Link("/proc/5/fd/3", "/dev/vfio/101").Add("/proc/5/comm", "qemu\n");

        var failure = await Assert.ThrowsAsync<QemuException>(() => SetAsync(0, force: true));

        Assert.Equal((ErrorId.PciDeviceInUse, 2), (failure.Id, Find(Card).VirtualFunctionCount));
    }

    private PciDevice Find(string address) => PciDevices.Find(_host.Root, address)!;

    private Task<PciDevice> SetAsync(int count, bool force = false) => new PciVirtualFunctions(_host.Root, _kernel).SetAsync(Find(Card), count, force, CancellationToken.None);

    // drivers/pci/pci-sysfs.c, sriov_numvfs_store: EBUSY where there are some already.
    private int? SetCount(string path, string text)
    {
        if (!path.EndsWith("/sriov_numvfs", StringComparison.Ordinal)) return null;
        var (now, wanted) = (Find(Card).VirtualFunctionCount, int.Parse(text));
        if (now > 0 && wanted > 0) return 16;
        for (var number = 0; number < Math.Max(now ?? 0, wanted); number++)
        {
            var address = $"0000:3b:{2 + (number / 8):x2}.{number % 8}";
            if (wanted > 0) _host.AddPci(address, id: "8086:154c:8086:0000", group: 100 + number, driver: "vfio-pci").Link($"{PciHost.Folder(address)}/physfn", $"../{Card}");
            else Directory.Delete(_host.Root.Folder + PciHost.Folder(address), recursive: true);
            if (wanted == 0) foreach (var link in new[] { $"/sys/bus/pci/devices/{address}", $"/sys/bus/pci/drivers/vfio-pci/{address}", $"/sys/kernel/iommu_groups/{100 + number}/devices/{address}" }) File.Delete(_host.Root.Folder + link);
        }

        File.WriteAllText($"{_host.Root.Folder}{PciHost.Folder(Card)}/sriov_numvfs", text + "\n");
        return 0;
    }
}
