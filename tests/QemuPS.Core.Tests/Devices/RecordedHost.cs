using QemuPS.Devices;

namespace QemuPS.Tests.Devices;

/// <summary>A host made up for one test: files below a folder of its own.</summary>
internal sealed class RecordedHost : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("qemups-host-").FullName;

    public SysfsRoot Root => new(_folder);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    public RecordedHost Add(string path, string content) => Add(path, System.Text.Encoding.UTF8.GetBytes(content));

    public RecordedHost Add(string path, byte[] content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder + path)!);
        File.WriteAllBytes(_folder + path, content);
        return this;
    }

    public RecordedHost Link(string path, string target)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder + path)!);
        File.CreateSymbolicLink(_folder + path, target);
        return this;
    }

    /// <summary>A device on bus 1 with the attributes that every one has.</summary>
    public RecordedHost AddUsb(string port, string vendor = "1050", string product = "0407", params (string Name, string Value)[] attributes)
    {
        var folder = $"/sys/devices/usb1/1-{port}";
        var number = 2 + Directory.GetDirectories(_folder, "1-*", SearchOption.AllDirectories).Length;
        (string, string)[] usual = [("idVendor", vendor), ("idProduct", product), ("busnum", "1"), ("devnum", $"{number}"), ("bDeviceClass", "00"), ("speed", "480")];
        foreach (var (name, value) in usual.Concat(attributes)) Add($"{folder}/{name}", value + "\n");
        return Link($"/sys/bus/usb/devices/1-{port}", $"../../../devices/usb1/1-{port}");
    }
}
