using QemuPS.Tests.Devices.Pci;

namespace QemuPS.Tests.Devices.Mdev;

/// <summary>A made-up host with a graphics card that can be parted, and the kernel's side of making mediated devices (drivers/vfio/mdev/mdev_sysfs.c).</summary>
internal sealed class MdevHost : IDisposable
{
    public const string Card = "0000:00:02.0";
    private const int Exists = 17;
    private const int Invalid = 22;
    private const int TooManyUsers = 87;

    public MdevHost()
    {
        Host.AddPci(Card, code: 0x030000, id: "8086:3e92:0000:0000", driver: "i915", group: 1).Link($"/sys/class/mdev_bus/{Card}", $"../../devices/pci0000:00/{Card}");
        AddType("i915-GVTg_V5_4", "", "low_gm_size: 128MB\nhigh_gm_size: 512MB\nresolution: 1920x1200\n", 1);
        AddType("i915-GVTg_V5_8", "GVTg 8", "", 2);
        Directory.CreateDirectory(Folder + "/etc/mdevctl.d");
        Kernel = new TestKernel(Host) { Others = Act };
    }

    public RecordedHost Host { get; } = new();

    public TestKernel Kernel { get; }

    public string Folder => Host.Root.Folder;

    /// <summary>What happens to a device's attributes that a definition sets.</summary>
    public int AttributeAnswer { get; set; }

    private static string Types => $"{PciHost.Folder(Card)}/mdev_supported_types";

    public void Dispose() => Host.Dispose();

    public void SetAvailable(string type, int count) => File.WriteAllText($"{Folder}{Types}/{type}/available_instances", $"{count}\n");

    private void AddType(string id, string name, string description, int available)
    {
        Host.Add($"{Types}/{id}/available_instances", $"{available}\n").Add($"{Types}/{id}/device_api", "vfio-pci\n").Add($"{Types}/{id}/create", "");
        if (name.Length > 0) Host.Add($"{Types}/{id}/name", name + "\n");
        if (description.Length > 0) Host.Add($"{Types}/{id}/description", description);
    }

    private int? Act(string path, string text) => Path.GetFileName(path) switch
    {
        "create" => Create(Path.GetFileName(Path.GetDirectoryName(path)!), text),
        "remove" => Remove(Path.GetFileName(Path.GetDirectoryName(path)!)),
        "assign_adapter" => AttributeAnswer,
        _ => null,
    };

    private int Create(string type, string text)
    {
        var file = $"{Folder}{Types}/{type}/available_instances";
        var left = int.Parse(File.ReadAllText(file));
        if (!Guid.TryParse(text, out _)) return Invalid;
        if (Directory.Exists($"{Folder}{PciHost.Folder(Card)}/{text}")) return Exists;
        if (left == 0) return TooManyUsers;
        Host.Link($"{PciHost.Folder(Card)}/{text}/mdev_type", $"../mdev_supported_types/{type}").Link($"{PciHost.Folder(Card)}/{text}/iommu_group", "../../../../kernel/iommu_groups/40")
            .Link($"/sys/bus/mdev/devices/{text}", $"../../../devices/pci0000:00/{Card}/{text}");
        SetAvailable(type, left - 1);
        return 0;
    }

    private int Remove(string uuid)
    {
        var device = $"{Folder}{PciHost.Folder(Card)}/{uuid}";
        var type = Path.GetFileName(File.ResolveLinkTarget($"{device}/mdev_type", false)!.FullName);
        Directory.Delete(device, recursive: true);
        File.Delete($"{Folder}/sys/bus/mdev/devices/{uuid}");
        SetAvailable(type, int.Parse(File.ReadAllText($"{Folder}{Types}/{type}/available_instances")) + 1);
        return 0;
    }
}
