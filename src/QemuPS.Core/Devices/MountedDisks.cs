using System.Text;

namespace QemuPS.Devices;

/// <summary>
/// Which disks the host uses: mounted file systems (/proc/self/mountinfo, proc_pid_mountinfo(5)) and swap space
/// (/proc/swaps), found below the device that carries them through partitions, encryption, LVM and RAID.
/// </summary>
internal sealed class MountedDisks
{
    private const string Blocks = "/sys/class/block";
    private const string Btrfs = "/sys/fs/btrfs";
    private readonly SysfsRoot _root;
    private readonly ILookup<string, string> _points;
    private readonly Lazy<(string Name, string Path)[]> _blocks;
    private readonly Lazy<ILookup<string, IReadOnlyList<string>>> _pools;

    public MountedDisks(SysfsRoot root)
    {
        _root = root;
        _points = Mounts(Text("/proc/self/mountinfo")).Concat(Swaps(Text("/proc/swaps"))).ToLookup(use => use.Disk, use => use.Point);
        _blocks = new(() => [.. from name in root.List(Blocks) let path = root.Resolve($"{Blocks}/{name}") where path is not null select (name, path)]);
        // A btrfs file system of several disks is mounted by the name of one of them.
        _pools = new(() => (from pool in root.List(Btrfs) let disks = root.List($"{Btrfs}/{pool}/devices") from disk in disks select (disk, disks)).ToLookup(each => each.disk, each => each.disks));
    }

    /// <summary>Where the disks below a device are in use, in order; none where they are not.</summary>
    /// <param name="sysfsPath">The device's folder in sysfs, without links.</param>
    public IReadOnlyList<string> Below(string sysfsPath)
    {
        if (_points.Count == 0) return [];
        var found = new SortedSet<string>(StringComparer.Ordinal);
        var seen = new HashSet<string>();
        foreach (var (name, path) in _blocks.Value)
        {
            if (path.StartsWith(sysfsPath + "/", StringComparison.Ordinal)) Collect(name, found, seen);
        }

        return [.. found];
    }

    /// <summary>All disks and partitions that are in use: their folders in sysfs, and where they are used.</summary>
    public IEnumerable<(string SysfsPath, IReadOnlyCollection<string> Points)> All()
    {
        if (_points.Count == 0) yield break;
        foreach (var (name, path) in _blocks.Value)
        {
            var found = new SortedSet<string>(StringComparer.Ordinal);
            Collect(name, found, []);
            if (found.Count > 0) yield return (path, found);
        }
    }

    /// <summary>The disks and partitions of a device, as the kernel names them: <c>sda</c>, <c>sda1</c>.</summary>
    /// <param name="sysfsPath">The device's folder in sysfs, without links.</param>
    public IReadOnlyList<string> BlocksOf(string sysfsPath) =>
        [.. from block in _blocks.Value where block.Path.StartsWith(sysfsPath + "/", StringComparison.Ordinal) select block.Name];

    /// <summary>The mounted devices of a mountinfo file, by device number and by the name they were mounted with.</summary>
    internal static IEnumerable<(string Disk, string Point)> Mounts(string mountInfo)
    {
        foreach (var line in mountInfo.Split('\n'))
        {
            // 36 35 98:0 /root /mount/point options [optional fields] - type source options
            var fields = line.Split(' ');
            var dash = Array.IndexOf(fields, "-", Math.Min(6, fields.Length));
            if (dash < 0) continue;
            var point = DeviceText.Clean(Unescape(fields[4]));
            yield return (fields[2], point);
            // btrfs and overlays have a device number of their own; the source still names the disk.
            if (dash + 2 < fields.Length) yield return (Unescape(fields[dash + 2]), point);
        }
    }

    /// <summary>The devices of a swaps file.</summary>
    internal static IEnumerable<(string Disk, string Point)> Swaps(string swaps) =>
        from line in swaps.Split('\n').Skip(1)
        where line.StartsWith('/')
        select (Unescape(line.Split(' ', '\t')[0]), "[swap]");

    private void Collect(string name, SortedSet<string> found, HashSet<string> seen)
    {
        if (!seen.Add(name) || _root.Open($"{Blocks}/{name}") is not { } block) return;
        string?[] names = [block.Text("dev"), $"/dev/{name}", block.At("dm").Text("name") is { } mapped ? $"/dev/mapper/{mapped}" : null];
        foreach (var known in names.OfType<string>()) found.UnionWith(_points[known]);
        foreach (var holder in _root.List($"{block.Path}/holders")) Collect(holder, found, seen);
        foreach (var other in _pools.Value[name].SelectMany(disks => disks)) Collect(other, found, seen);
    }

    private string Text(string path) => _root.ReadBytes(path) is { } text ? Encoding.UTF8.GetString(text) : "";

    // The kernel writes space, tab, newline and backslash as \ and three octal digits.
    private static string Unescape(string text)
    {
        if (!text.Contains('\\', StringComparison.Ordinal)) return text;
        var plain = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\' && i + 3 < text.Length && Octal(text.AsSpan(i + 1, 3)) is { } value)
            {
                plain.Append(value);
                i += 3;
            }
            else
            {
                plain.Append(text[i]);
            }
        }

        return plain.ToString();
    }

    private static char? Octal(ReadOnlySpan<char> digits)
    {
        var value = 0;
        foreach (var digit in digits)
        {
            if (digit is < '0' or > '7') return null;
            value = (value * 8) + digit - '0';
        }

        return (char)value;
    }
}
