using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using QemuPS.Devices;
using QemuPS.Devices.Pci;
using Xunit.Abstractions;

namespace QemuPS.Tests.Devices.Pci;

/// <summary>
/// Field by field, what is read of a host's PCI devices is what <c>lspci</c> prints for the same tree: names, numbers,
/// boards, revisions, slots, drivers, groups and NUMA nodes. Without pciutils there is nothing to compare with.
/// </summary>
public sealed partial class LspciComparisonTests(ITestOutputHelper output)
{
    private static readonly string Fixtures = Path.GetFullPath(Path.Combine(Here(), "../../../fixtures"));

    public static TheoryData<string> Trees =>
        [.. Directory.GetFiles($"{Fixtures}/pci", "*.tree").Order().Select(path => Path.GetFileName(path)), "laptop", "server-amd", "virtual", "made up"];

    [Theory]
    [MemberData(nameof(Trees))]
    public void Every_field_that_both_have_is_the_same(string tree)
    {
        if (!Lspci.IsHere) return;
        using var made = new RecordedHost();
        var root = Open(tree, made);
        var ids = Directory.Exists($"{root.Folder}/usr") ? $"{root.Folder}/usr/share/hwdata/pci.ids" : null;
        var devices = PciDevices.Read(root);

        var named = Lspci.Fields(root, ids);
        var numbered = Lspci.Fields(root, ids, "-n");
        var fields = devices.Sum(device => CompareNames(device, named[device.Address]) + CompareNumbers(device, numbered[device.Address]));

        Assert.Equal(named.Keys.Order(), devices.Select(device => device.Address).Order());
        output.WriteLine($"{tree}: {devices.Count} devices, {fields} fields compared, 0 differences");
        Assert.True(fields >= devices.Count * 12, $"only {fields} fields of {devices.Count} devices were compared");
    }

    [Fact]
    public void The_devices_of_this_host_have_the_fields_that_lspci_shows()
    {
        if (!Lspci.IsHere) return;
        var root = new SysfsRoot();
        var named = Lspci.Fields(root, null);

        Assert.All(PciDevices.Read(root), device => CompareNames(device, named[device.Address]));
    }

    private static SysfsRoot Open(string tree, RecordedHost made)
    {
        if (tree.EndsWith(".tree", StringComparison.Ordinal)) return made.AddTree($"{Fixtures}/pci/{tree}").Root;
        return tree == "made up" ? MadeUp(made).Root : new SysfsRoot($"{Fixtures}/hosts/{tree}");
    }

    // What no recorded host has: boards that pci.ids knows, unknown vendors and classes, slots with names, domains, virtual functions.
    private static RecordedHost MadeUp(RecordedHost host)
    {
        host.AddPci("0000:00:02.0", code: 0x030000, id: "10de:25a0:17aa:22e7", group: 4, driver: "nouveau", files: [("numa_node", "1")])
            .AddPci("0000:00:03.0", code: 0x020000, id: "8086:1572:8086:0001", driver: "i40e")
            .AddPci("0000:00:04.0", code: 0x0c0330, id: "fffe:0001:fffe:0002")
            .AddPci("0000:00:05.0", code: 0x048f00, id: "1af4:1041:1af4:1041")
            .AddPci("0000:00:06.0", code: 0xea0101, id: "1af4:1041:0000:0000", group: 0)
            .AddPci("10000:e1:00.0", code: 0x010802, id: "144d:a80a:144d:a801", group: 18)
            .AddPci("fffff:02:1f.7", code: 0x060400, id: "8086:2030:0000:0000");
        foreach (var function in Enumerable.Range(1, 7)) host.AddPci($"0000:03:02.{function}", ["0000:00:01.0"], id: "8086:154c:8086:0000", group: 20 + function);
        return host.AddPci("0000:00:01.0", code: 0x060400, id: "8086:460d:0000:0000", driver: "pcieport")
            .Add("/sys/bus/pci/slots/7-1/address", "0000:03:02\n").Add("/sys/bus/pci/slots/Slot A/address", "0000:00:03\n").Add("/sys/bus/pci/slots/9/address", "0000:05\n");
    }

    private static int CompareNames(PciDevice device, Dictionary<string, string> theirs) => Compare(device, theirs, new()
    {
        ["Slot"] = device.Address,
        // lspci writes what pci.ids does not name with its number.
        ["Class"] = device.ClassName is null ? $"Class {device.ClassCode[..4]}" : theirs["Class"].EndsWith($"[{device.ClassCode[..4]}]", StringComparison.Ordinal) ? $"{device.ClassName} [{device.ClassCode[..4]}]" : device.ClassName,
        ["Vendor"] = device.Vendor ?? $"Vendor {device.VendorId}",
        ["Device"] = UnnamedDevice().IsMatch(device.Name) ? $"Device {device.DeviceId}" : device.Name,
        ["SVendor"] = device.SubsystemId is null ? null : device.SubsystemVendor ?? $"Unknown vendor {device.SubsystemId[..4]}",
        ["SDevice"] = device.SubsystemId is null ? null : device.Subsystem ?? $"Device {device.SubsystemId[5..]}",
        ["PhySlot"] = device.PhysicalSlot,
        ["Rev"] = device.Revision == "00" ? null : device.Revision,
        ["ProgIf"] = device.ClassCode[4..],
        ["Driver"] = device.Driver,
        ["NUMANode"] = device.NumaNode?.ToString(),
        ["IOMMUGroup"] = device.IommuGroup?.ToString(),
    });

    private static int CompareNumbers(PciDevice device, Dictionary<string, string> theirs) => Compare(device, theirs, new()
    {
        ["Class"] = device.ClassCode[..4],
        ["Vendor"] = device.VendorId,
        ["Device"] = device.DeviceId,
        ["SVendor"] = device.SubsystemId?[..4],
        ["SDevice"] = device.SubsystemId?[5..],
    });

    // A field of lspci's that is not in the list would be one we do not have.
    private static int Compare(PciDevice device, Dictionary<string, string> theirs, Dictionary<string, string?> ours)
    {
        foreach (var (name, value) in ours) Assert.True(theirs.GetValueOrDefault(name) == value, $"{device.Address} {name}: lspci '{theirs.GetValueOrDefault(name)}', we '{value}'");
        return ours.Count;
    }

    [GeneratedRegex("(^| )[0-9a-f]{4}:[0-9a-f]{4}$")]
    private static partial Regex UnnamedDevice();

    private static string Here([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
