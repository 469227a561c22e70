using QemuPS.Devices;

namespace QemuPS.Udev;

/// <summary>A device with a node.</summary>
/// <param name="Path">The node.</param>
/// <param name="SysfsPath">Its folder in sysfs.</param>
public sealed record UdevNode(string Path, string SysfsPath);

/// <summary>What it takes to be rid of a rules file and of what it did.</summary>
/// <param name="Path">The file.</param>
/// <param name="Nodes">The nodes that have their access by it; none where udev does not read the file.</param>
public sealed record UdevRemoval(string Path, IReadOnlyList<UdevNode> Nodes)
{
    /// <summary>udev reads the file.</summary>
    public bool IsRead => RuleFiles.Folders.Contains(System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(Path)));

    /// <summary>The commands that make udev forget the file, each as its arguments.</summary>
    public IReadOnlyList<IReadOnlyList<string>> Commands
    {
        get
        {
            if (!IsRead) return [];
            IReadOnlyList<string> reload = ["udevadm", "control", "--reload"];
            return Nodes.Count == 0 ? [reload] : [reload, ["udevadm", "trigger", "--settle", "--action=change", .. Nodes.Select(node => node.SysfsPath)]];
        }
    }

    /// <summary>Looks what a file does.</summary>
    /// <param name="root">The host.</param>
    /// <param name="path">The file.</param>
    public static UdevRemoval Of(SysfsRoot root, string path)
    {
        ArgumentNullException.ThrowIfNull(root);
        var removal = new UdevRemoval(path, []);
        return removal.IsRead ? removal with { Nodes = NodeAccess.GivenBy(root, UdevRules.ReadFile(root, path)) } : removal;
    }
}
