using System.Globalization;
using System.Text;

namespace QemuPS.Tests.Devices.Pci;

/// <summary>PCI devices for made-up hosts, with the files the kernel gives them.</summary>
internal static class PciHost
{
    /// <summary>A function. The bus is a link to it, its group has it, its driver knows it.</summary>
    /// <param name="host">The host.</param>
    /// <param name="address">Its address.</param>
    /// <param name="below">The addresses of the bridges it is behind, from the root down.</param>
    /// <param name="code">The class.</param>
    /// <param name="id">Vendor, device, and those of the board.</param>
    /// <param name="group">Its IOMMU group.</param>
    /// <param name="driver">Its driver.</param>
    /// <param name="files">More attributes.</param>
    public static RecordedHost AddPci(
        this RecordedHost host, string address, string[]? below = null, int code = 0x020000, string id = "8086:1572:8086:0000", int? group = null, string? driver = null, params (string Name, string Text)[] files)
    {
        var numbers = id.Split(':');
        var folder = Folder(address, below);
        host.Add($"{folder}/vendor", $"0x{numbers[0]}\n").Add($"{folder}/device", $"0x{numbers[1]}\n").Add($"{folder}/class", $"0x{code:x6}\n")
            .Add($"{folder}/subsystem_vendor", $"0x{numbers[2]}\n").Add($"{folder}/subsystem_device", $"0x{numbers[3]}\n").Add($"{folder}/revision", "0x02\n")
            .Add($"{folder}/uevent", Event(address, code, numbers, driver)).Add($"{folder}/numa_node", "-1\n").Add($"{folder}/driver_override", "(null)\n")
            .Add($"{folder}/config", Config(code, numbers))
            .Link($"/sys/bus/pci/devices/{address}", $"../../../{folder["/sys/".Length..]}");
        if (driver is not null)
        {
            host.Link($"{folder}/driver", $"{Up(folder)}bus/pci/drivers/{driver}").Link($"/sys/bus/pci/drivers/{driver}/{address}", $"../../../../{folder["/sys/".Length..]}");
        }

        if (group is { } number)
        {
            host.Add($"/sys/kernel/iommu_groups/{number}/type", "DMA-FQ\n").Link($"{folder}/iommu_group", $"{Up(folder)}kernel/iommu_groups/{number}")
                .Link($"/sys/kernel/iommu_groups/{number}/devices/{address}", $"../../../../{folder["/sys/".Length..]}");
        }

        foreach (var (name, text) in files) host.Add($"{folder}/{name}", text + "\n");
        return host;
    }

    /// <summary>Its folder in sysfs.</summary>
    public static string Folder(string address, string[]? below = null)
    {
        var path = string.Join('/', (below ?? []).Append(address));
        return $"/sys/devices/pci{(below is [var first, ..] ? first : address).Split(':')[0]}:00/{path}";
    }

    /// <summary>
    /// A recorded tree, a line a file: <c>PATH: text</c> with \n and \\ escaped, <c>PATH = hexadecimal bytes</c>, <c>PATH -> where a link points</c>.
    /// </summary>
    public static RecordedHost AddTree(this RecordedHost host, string path)
    {
        foreach (var line in File.ReadLines(path).Where(line => line.StartsWith('/')))
        {
            if (Split(line, " -> ") is var (link, target)) host.Link(link, target).AddTarget(link, target);
            else if (Split(line, " = ") is var (binary, bytes)) host.Add(binary, Convert.FromHexString(bytes));
            else if (Split(line, ": ") is var (file, text)) host.Add(file, text.Replace("\\n", "\n", StringComparison.Ordinal).Replace("\\\\", "\\", StringComparison.Ordinal));
        }

        return host;
    }

    /// <summary>The first 64 bytes of a function's configuration space.</summary>
    public static byte[] Config(int code, string[] numbers, int length = 64)
    {
        var bytes = new byte[length];
        void Word(int at, string hex) => BitConverter.TryWriteBytes(bytes.AsSpan(at), ushort.Parse(hex, NumberStyles.HexNumber, CultureInfo.InvariantCulture));
        Word(0, numbers[0]);
        Word(2, numbers[1]);
        bytes[8] = 2;
        (bytes[9], bytes[10], bytes[11]) = ((byte)code, (byte)(code >> 8), (byte)(code >> 16));
        var isBridge = code >> 8 == 0x0604;
        bytes[0x0e] = (byte)(isBridge ? 1 : 0);
        if (isBridge) return bytes;
        Word(0x2c, numbers[2]);
        Word(0x2e, numbers[3]);
        return bytes;
    }

    // What a device is linked to is there, though nothing of it was recorded.
    private static void AddTarget(this RecordedHost host, string link, string target)
    {
        if (Path.GetFileName(link) is "driver" or "iommu_group") Directory.CreateDirectory(host.Root.Folder + Path.GetFullPath(Path.Combine(Path.GetDirectoryName(link)!, target)));
    }

    private static byte[] Event(string address, int code, string[] numbers, string? driver)
    {
        var text = new StringBuilder();
        if (driver is not null) text.Append(CultureInfo.InvariantCulture, $"DRIVER={driver}\n");
        text.Append(CultureInfo.InvariantCulture, $"PCI_CLASS={code:X}\nPCI_ID={numbers[0].ToUpperInvariant()}:{numbers[1].ToUpperInvariant()}\n");
        text.Append(CultureInfo.InvariantCulture, $"PCI_SUBSYS_ID={numbers[2].ToUpperInvariant()}:{numbers[3].ToUpperInvariant()}\nPCI_SLOT_NAME={address}\n");
        return Encoding.ASCII.GetBytes(text.ToString());
    }

    private static string Up(string folder) => string.Concat(Enumerable.Repeat("../", folder.Split('/').Length - 2));

    private static (string, string)? Split(string line, string mark)
    {
        var cut = line.IndexOf(mark, StringComparison.Ordinal);
        return cut > 0 && !line[..cut].Contains(' ', StringComparison.Ordinal) ? (line[..cut], line[(cut + mark.Length)..]) : null;
    }
}
