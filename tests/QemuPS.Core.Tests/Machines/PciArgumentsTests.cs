using System.Text.Json.Nodes;
using QemuPS.Machines;

namespace QemuPS.Tests.Machines;

public sealed class PciArgumentsTests
{
    private static readonly VmPciDevice Gpu = new() { Id = "pci-01-00.0", Address = "0000:01:00.0" };
    private static readonly VmPciDevice Audio = new() { Id = "pci-01-00.1", Address = "0000:01:00.1" };

    [Fact]
    public void The_functions_of_one_device_are_one_device_behind_a_root_port_of_its_own()
    {
        var devices = Build("q35", Audio, Gpu, new VmPciDevice { Id = "nic", Address = "10000:e1:00.3" });

        Assert.Equal(["pcie-root-port", "vfio-pci", "vfio-pci", "pcie-root-port", "vfio-pci"], devices.Select(device => (string?)device["driver"]));
        Assert.Equal("""{"driver":"vfio-pci","id":"pci-01-00.0","host":"0000:01:00.0","bus":"hostpci0","addr":"0.0","multifunction":true}""", devices[1].ToJsonString());
        Assert.Equal("""{"driver":"vfio-pci","id":"pci-01-00.1","host":"0000:01:00.1","bus":"hostpci0","addr":"0.1"}""", devices[2].ToJsonString());
        // A guest looks for function 0 first: whichever function it is on the host.
        Assert.Equal("""{"driver":"vfio-pci","id":"nic","host":"10000:e1:00.3","bus":"hostpci1","addr":"0.0"}""", devices[4].ToJsonString());
        Assert.Equal(2, devices.Select(device => (int?)device["chassis"]).OfType<int>().Distinct().Count());
    }

    [Fact]
    public void A_mediated_device_is_named_by_its_UUID_and_a_machine_without_PCI_Express_has_no_ports()
    {
        var uuid = new Guid("11111111-2222-3333-4444-555555555555");

        var device = Assert.Single(Build("pc", new VmPciDevice { Id = "mdev-11111111", Uuid = uuid }));

        Assert.Equal("""{"driver":"vfio-pci","id":"mdev-11111111","sysfsdev":"/sys/bus/mdev/devices/11111111-2222-3333-4444-555555555555"}""", device.ToJsonString());
    }

    [Fact]
    public void ROM_and_display_are_as_they_were_asked_for()
    {
        var definition = Definition("pc", Gpu with { PrimaryGpu = true, RomPath = "/rom, 1.bin" }, Audio with { NoRom = true });

        var devices = PciArguments.Devices(definition).ToList();

        Assert.Equal(("/rom, 1.bin", true), ((string?)devices[0]["romfile"], (bool?)devices[0]["x-vga"]));
        Assert.Equal(0, (int?)devices[1]["rombar"]);
        Assert.True(PciArguments.TakesDisplay(definition));
    }

    [Fact]
    public void A_definition_with_PCI_devices_is_read_as_it_was_written()
    {
        var definition = Definition("q35", Gpu with { Name = "GPU", DeviceId = "10de:25a0", PrimaryGpu = true, RomPath = "/rom" }, new VmPciDevice { Id = "mdev", Uuid = Guid.NewGuid(), NoRom = true });

        var read = DefinitionJson.Read(DefinitionJson.Write(definition), "vm.json");

        Assert.Equal(definition.PciDevices, read.PciDevices);
    }

    [Theory]
    [InlineData("""{ "id": "x" }""")]
    [InlineData("""{ "id": "x", "address": "0000:01:00.0", "uuid": "11111111-2222-3333-4444-555555555555" }""")]
    [InlineData("""{ "id": "x", "address": "01:00.0,rombar=0" }""")]
    [InlineData("""{ "id": "x", "uuid": "../../x" }""")]
    public void A_device_that_is_not_named_by_one_thing_is_refused(string device) =>
        Assert.Equal(ErrorId.InvalidDefinition, Assert.Throws<QemuException>(() => DefinitionJson.Read(System.Text.Encoding.UTF8.GetBytes($$"""{ "name": "dev", "pciDevices": [ {{device}} ] }"""), "vm.json")).Id);

    private static List<JsonObject> Build(string machine, params VmPciDevice[] devices) => [.. PciArguments.Devices(Definition(machine, devices))];

    private static VmDefinition Definition(string machine, params VmPciDevice[] devices) => new() { Name = "dev", MachineType = machine, PciDevices = devices };
}
