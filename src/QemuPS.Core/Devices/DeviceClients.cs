using System.Globalization;

namespace QemuPS.Devices;

/// <summary>
/// Which programs have device nodes open, by the links in /proc/PID/fd. Other users' programs are seen by root only.
/// </summary>
internal sealed class DeviceClients
{
    private const string Devices = "/dev/";
    private readonly Dictionary<string, SortedDictionary<int, string>> _byNode = new(StringComparer.Ordinal);

    public DeviceClients(SysfsRoot root)
    {
        foreach (var name in root.List("/proc"))
        {
            if (int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var process)) Add(root, process);
        }
    }

    /// <summary>The programs that have one of the nodes open: <c>Xorg (pid 812)</c>.</summary>
    public IReadOnlyList<string> Of(params string[] nodes)
    {
        var programs = new SortedDictionary<int, string>();
        foreach (var node in nodes)
        {
            foreach (var (process, name) in _byNode.GetValueOrDefault(node) ?? []) programs.TryAdd(process, name);
        }

        return [.. programs.Select(program => string.Create(CultureInfo.InvariantCulture, $"{program.Value} (pid {program.Key})"))];
    }

    private void Add(SysfsRoot root, int process)
    {
        var folder = string.Create(CultureInfo.InvariantCulture, $"/proc/{process}");
        foreach (var file in root.List($"{folder}/fd"))
        {
            if (KernelFile.ReadLink($"{root.Prefix}{folder}/fd/{file}") is not { } target || !target.StartsWith(Devices, StringComparison.Ordinal)) continue;
            if (!_byNode.TryGetValue(target, out var programs)) _byNode[target] = programs = [];
            if (!programs.ContainsKey(process)) programs[process] = root.ReadText($"{folder}/comm") ?? "?";
        }
    }
}
