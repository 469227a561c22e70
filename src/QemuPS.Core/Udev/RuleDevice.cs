using System.Text;
using QemuPS.Devices;

namespace QemuPS.Udev;

/// <summary>A device as rules see it: its folder in sysfs, its parents, its properties.</summary>
internal sealed class RuleDevice
{
    private readonly SysfsFolder _folder;

    private RuleDevice(SysfsFolder folder, string? subsystem)
    {
        _folder = folder;
        Subsystem = subsystem;
    }

    /// <summary>The folder's name.</summary>
    public string Kernel => Path.GetFileName(_folder.Path);

    /// <summary>The path without /sys.</summary>
    public string DevPath => _folder.Path[4..];

    /// <summary>The subsystem it belongs to.</summary>
    public string? Subsystem { get; }

    /// <summary>The driver that has it; empty where none has.</summary>
    public string Driver => _folder.LinkName("driver") ?? "";

    /// <summary>Itself and its parents, from the inside out.</summary>
    public IReadOnlyList<RuleDevice> Parents { get; private init; } = [];

    /// <summary>The properties the kernel and the last run of the rules gave it.</summary>
    public Dictionary<string, string> Properties { get; } = [];

    /// <summary>The device of a folder in sysfs; null where it has gone.</summary>
    public static RuleDevice? Read(SysfsRoot root, string sysfsPath)
    {
        if (root.Open(sysfsPath) is not { } folder) return null;
        var parents = new List<RuleDevice>();
        for (var path = folder.Path; path.LastIndexOf('/') > "/sys/devices".Length - 1; path = path[..path.LastIndexOf('/')])
        {
            var each = root.Open(path);
            var subsystem = each?.LinkName("subsystem");
            if (each is not null && (subsystem is not null || path == folder.Path)) parents.Add(new RuleDevice(each, subsystem));
        }

        var device = new RuleDevice(folder, folder.LinkName("subsystem")) { Parents = parents };
        device.AddProperties(root);
        return device;
    }

    /// <summary>An attribute: a file's text, or where a link leads; null where there is none.</summary>
    public string? Attribute(string name) => name.Contains("..", StringComparison.Ordinal) ? null : _folder.Text(name) ?? _folder.LinkName(name);

    private void AddProperties(SysfsRoot root)
    {
        AddLines(root.ReadBytes($"{_folder.Path}/uevent"), "");
        if (_folder.Text("dev") is { } numbers) AddLines(root.ReadBytes($"/run/udev/data/c{numbers}"), "E:");
        Properties["ACTION"] = "add";
        Properties["DEVPATH"] = DevPath;
        if (Subsystem is not null) Properties["SUBSYSTEM"] = Subsystem;
        if (Properties.TryGetValue("DEVNAME", out var node) && !node.StartsWith('/')) Properties["DEVNAME"] = "/dev/" + node;
    }

    private void AddLines(byte[]? text, string prefix)
    {
        if (text is null) return;
        foreach (var line in Encoding.UTF8.GetString(text).Split('\n'))
        {
            var cut = line.IndexOf('=', StringComparison.Ordinal);
            if (cut > prefix.Length && line.StartsWith(prefix, StringComparison.Ordinal)) Properties[line[prefix.Length..cut]] = DeviceText.Clean(line[(cut + 1)..]);
        }
    }
}
