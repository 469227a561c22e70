using System.Collections.Concurrent;
using System.Globalization;
using System.Text;

namespace QemuPS.Devices.Pci;

/// <summary>
/// Which modules say that they drive which PCI devices: the lines <c>alias pci:v00008086d*sv*sd*bc0Csc03i30* xhci_pci</c>
/// of modules.alias, and the same of what is built in (modules.builtin.modinfo). For PCI a field is a number or anything
/// (scripts/mod/file2alias.c, do_pci_entry).
/// </summary>
internal sealed class ModuleAliases
{
    private const long Any = -1;
    private const int LongestName = 256;
    private static readonly ConcurrentDictionary<(string Path, DateTime Changed), ModuleAliases> Read = new();
    private static readonly string[] Keys = ["v", "d", "sv", "sd", "bc", "sc", "i"];

    private readonly Dictionary<int, List<Alias>> _byVendor = new(256);
    private readonly List<Alias> _ofAnyVendor = [];
    private int _count;

    /// <summary>No aliases.</summary>
    public static ModuleAliases Empty { get; } = new();

    /// <summary>The aliases of the running kernel's modules, read once a session; none where there are no modules.</summary>
    public static ModuleAliases Of(SysfsRoot root)
    {
        if (FolderOf(root) is not { } folder) return Empty;
        var path = $"{folder}/modules.alias";
        return Read.GetOrAdd((root.Prefix + path, File.GetLastWriteTimeUtc(root.Prefix + path)), _ => Load(root, folder));
    }

    /// <summary>The folder of the running kernel's modules; null where there is none.</summary>
    public static string? FolderOf(SysfsRoot root)
    {
        foreach (var modules in new[] { "/lib/modules", "/usr/lib/modules" })
        {
            var release = root.ReadText("/proc/sys/kernel/osrelease") ?? (root.List(modules) is [var only] ? only : null);
            if (release is not null && root.Resolve($"{modules}/{release}") is { } real && Directory.Exists(root.Prefix + real)) return real;
        }

        return null;
    }

    /// <summary>The modules for a device, each once, in the order of the file.</summary>
    public IReadOnlyList<string> For(PciIdentity id)
    {
        if (_byVendor.Count == 0 && _ofAnyVendor.Count == 0) return [];
        var own = _byVendor.GetValueOrDefault(id.Vendor) ?? [];
        return [.. own.Concat(_ofAnyVendor).Where(alias => alias.Fits(id)).OrderBy(alias => alias.Place).Select(alias => alias.Module).Distinct()];
    }

    /// <summary>Adds the PCI aliases of a modules.alias file.</summary>
    internal void AddLines(string text)
    {
        foreach (var line in text.AsSpan().EnumerateLines())
        {
            const string start = "alias pci:";
            if (!line.StartsWith(start, StringComparison.Ordinal)) continue;
            var rest = line[start.Length..];
            var space = rest.IndexOf(' ');
            if (space > 0) Add(rest[..space], rest[(space + 1)..].Trim());
        }
    }

    /// <summary>Adds the PCI aliases of a modules.builtin.modinfo file: <c>xhci_pci.alias=pci:v*...</c>, each ended by a zero.</summary>
    internal void AddBuiltIn(string text)
    {
        foreach (var entry in text.Split('\0'))
        {
            var cut = entry.IndexOf(".alias=pci:", StringComparison.Ordinal);
            if (cut > 0) Add(entry.AsSpan(cut + ".alias=pci:".Length), entry.AsSpan(0, cut));
        }
    }

    private static ModuleAliases Load(SysfsRoot root, string folder)
    {
        var aliases = new ModuleAliases();
        if (root.ReadBytes($"{folder}/modules.builtin.modinfo") is { } builtIn) aliases.AddBuiltIn(Encoding.UTF8.GetString(builtIn));
        if (root.ReadBytes($"{folder}/modules.alias") is { } text) aliases.AddLines(Encoding.UTF8.GetString(text));
        return aliases;
    }

    private void Add(ReadOnlySpan<char> pattern, ReadOnlySpan<char> module)
    {
        if (module.Length is 0 or > LongestName || Fields(pattern) is not { } fields) return;
        var alias = new Alias(fields, DeviceText.Clean(module.ToString()), _count++);
        if (fields[0] == Any)
        {
            _ofAnyVendor.Add(alias);
            return;
        }

        var vendor = (int)fields[0];
        if (!_byVendor.TryGetValue(vendor, out var list)) _byVendor[vendor] = list = [];
        list.Add(alias);
    }

    // "v00008086d*sv*sd*bc0Csc03i30*": a trailing asterisk stands for what later kernels may add.
    private static long[]? Fields(ReadOnlySpan<char> pattern)
    {
        var fields = new long[Keys.Length];
        for (var i = 0; i < Keys.Length; i++)
        {
            if (!pattern.StartsWith(Keys[i], StringComparison.Ordinal)) return null;
            pattern = pattern[Keys[i].Length..];
            var length = i < 4 ? 8 : 2;
            if (pattern.StartsWith("*", StringComparison.Ordinal)) (fields[i], length) = (Any, 1);
            else if (pattern.Length < length || !long.TryParse(pattern[..length], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out fields[i])) return null;
            pattern = pattern[length..];
        }

        return pattern is "" or "*" ? fields : null;
    }

    private sealed record Alias(long[] Fields, string Module, int Place)
    {
        public bool Fits(PciIdentity id) =>
            Is(0, id.Vendor) && Is(1, id.Device) && Is(2, id.SubsystemVendor) && Is(3, id.SubsystemDevice)
            && Is(4, id.Class >> 16) && Is(5, id.Class >> 8 & 0xff) && Is(6, id.Class & 0xff);

        private bool Is(int field, int value) => Fields[field] == Any || Fields[field] == value;
    }
}
