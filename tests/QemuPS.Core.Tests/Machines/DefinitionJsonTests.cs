using System.Text;
using QemuPS.Machines;

namespace QemuPS.Tests.Machines;

public sealed class DefinitionJsonTests
{
    [Fact]
    public void A_definition_is_the_same_after_a_round_trip()
    {
        var definition = new VmDefinition
        {
            Name = "dev",
            Tag = ["a", "b"],
            Drives = [new VmDrive { Id = "disk0", Path = "/a,b c.qcow2", Format = "qcow2", Bus = VmDiskBus.Nvme }],
            NetworkAdapters = [new VmNetworkAdapter { Id = "net0", MacAddress = "52:54:00:00:00:01", PortForwards = [new VmPortForward(2222, 22)] }],
            UsbDevices = [new VmUsbDevice { Id = "usb-1050-0407", Match = new UsbMatch { IdentifyBy = UsbIdentifyBy.Port, BusNumber = 1, Port = "1.2" } }],
        };

        var written = DefinitionJson.Write(definition);
        var again = DefinitionJson.Write(DefinitionJson.Read(written, "test"));

        Assert.Equal(Encoding.UTF8.GetString(written), Encoding.UTF8.GetString(again));
    }

    [Fact]
    public void Members_that_are_not_known_survive()
    {
        const string document = """
            { "version": 1, "name": "dev", "colour": "blue",
              "drives": [ { "id": "disk0", "path": "/d.raw", "wear": { "level": 3 } } ] }
            """;

        var written = Encoding.UTF8.GetString(DefinitionJson.Write(Read(document)));

        Assert.Contains("\"colour\": \"blue\"", written);
        Assert.Contains("\"level\": 3", written);
    }

    [Fact]
    public void Comments_and_trailing_commas_of_people_are_understood() =>
        Assert.Equal(4, Read("{ \"name\": \"dev\", // four\n \"processorCount\": 4, }").ProcessorCount);

    [Theory]
    [InlineData("{ \"name\": \"dev\",\n \"processorCount\": \"many\" }", "line 2", "processorCount")]
    [InlineData("{ \"name\": \"dev\",\n\n \"vga\": \"Huge\" }", "line 3", "vga")]
    [InlineData("{ \"name\": ", "line 1", "")]
    public void A_fault_is_reported_with_its_line_and_member(string document, string line, string member)
    {
        var error = Assert.Throws<QemuException>(() => Read(document));

        Assert.Equal(ErrorId.InvalidDefinition, error.Id);
        Assert.Contains(line, error.Message);
        Assert.Contains(member, error.Message);
    }

    [Theory]
    [InlineData("\"processorCount\": 0", "processorCount")]
    [InlineData("\"memoryStartupBytes\": 1000", "memoryStartupBytes")]
    [InlineData("\"version\": 99", "version 99")]
    [InlineData("\"qemuArgument\": [\"a\\nb\"]", "control character")]
    [InlineData("\"drives\": [{\"id\":\"a\",\"path\":\"/x\"},{\"id\":\"a\",\"path\":\"/y\"}]", "'a'")]
    [InlineData("\"drives\": [{\"id\":\"a\"}]", "no path")]
    public void A_rule_that_is_broken_is_named(string member, string expected)
    {
        var error = Assert.Throws<QemuException>(() => Read($"{{ \"name\": \"dev\", {member} }}"));

        Assert.Equal(ErrorId.InvalidDefinition, error.Id);
        Assert.Contains(expected, error.Message);
    }

    [Theory]
    [InlineData("a")]
    [InlineData("Debian 12 (no)", false)]
    [InlineData("web-01.example_x y")]
    [InlineData("größe")]
    [InlineData("", false)]
    [InlineData("a/b", false)]
    [InlineData("..", false)]
    [InlineData("-a", false)]
    [InlineData("a*", false)]
    [InlineData("a\nb", false)]
    [InlineData("a ", false)]
    public void A_name_is_what_a_folder_a_pattern_and_QEMU_all_take(string name, bool good = true)
    {
        var error = Record.Exception(() => VmName.Require(name));

        Assert.Equal(good, error is null);
        if (!good) Assert.Equal(ErrorId.InvalidVmName, Assert.IsType<QemuException>(error).Id);
    }

    [Fact]
    public void A_name_of_300_characters_is_refused_without_repeating_it()
    {
        var error = Assert.Throws<QemuException>(() => VmName.Require(new string('x', 300)));

        Assert.True(error.Message.Length < 200);
    }

    [Theory]
    [InlineData("2222:22", 2222, 22, VmPortProtocol.Tcp, "127.0.0.1")]
    [InlineData("tcp/0:80", 0, 80, VmPortProtocol.Tcp, "127.0.0.1")]
    [InlineData("udp/0.0.0.0:53:5353", 53, 5353, VmPortProtocol.Udp, "0.0.0.0")]
    public void A_port_forward_is_read(string text, int host, int guest, VmPortProtocol protocol, string address) =>
        Assert.Equal(new VmPortForward(host, guest, protocol, address), VmPortForward.Parse(text));

    [Theory]
    [InlineData("22")]
    [InlineData("a:b")]
    [InlineData("70000:22")]
    [InlineData("22:0")]
    [InlineData("sctp/1:2")]
    public void A_port_forward_that_makes_no_sense_is_refused(string text) =>
        Assert.Equal(ErrorId.InvalidOption, Assert.Throws<QemuException>(() => VmPortForward.Parse(text)).Id);

    private static VmDefinition Read(string json) => DefinitionJson.Read(Encoding.UTF8.GetBytes(json), "test.json");
}
