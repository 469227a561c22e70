using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace QemuPS.Devices.Names;

/// <summary>
/// A <c>usb.ids</c> or <c>pci.ids</c> file. The bytes are kept as they are; one pass finds where each vendor and
/// class begins, and a vendor's devices are found when one of them is asked for.
/// </summary>
internal sealed class IdsFile
{
    private readonly byte[] _text;
    private readonly Dictionary<int, int> _vendors = new(4096);
    private readonly Dictionary<int, int> _classes = new(64);
    private readonly ConcurrentDictionary<int, Dictionary<int, int>> _devices = new();

    public IdsFile(byte[] text)
    {
        _text = text;
        FindTopLines(text);
    }

    /// <summary>A file without names.</summary>
    public static IdsFile Empty { get; } = new([]);

    /// <summary>A vendor's name, or null.</summary>
    public string? Vendor(int vendor) => _vendors.TryGetValue(vendor, out var line) ? NameAt(line, 0) : null;

    /// <summary>A device's name, or null.</summary>
    public string? Device(int vendor, int device)
    {
        if (!_vendors.TryGetValue(vendor, out var line)) return null;
        return _devices.GetOrAdd(vendor, _ => Children(line, digits: 4)).TryGetValue(device, out var found) ? NameAt(found, 1) : null;
    }

    /// <summary>The name of a board with a device, or null.</summary>
    public string? Subsystem(int vendor, int device, int boardVendor, int board)
    {
        if (!_vendors.TryGetValue(vendor, out var line)) return null;
        if (!_devices.GetOrAdd(vendor, _ => Children(line, digits: 4)).TryGetValue(device, out var found)) return null;
        for (line = Next(found); line < _text.Length; line = Next(line))
        {
            if (_text[line] is (byte)'#' or (byte)'\n') continue;
            if (_text[line] != '\t' || line + 1 >= _text.Length || _text[line + 1] != '\t') break;
            // "\t\t1028 04f7  System": two numbers before the name.
            if (IdAt(line + 2, 4) == boardVendor && IdAt(line + 7, 4) == board) return NameAt(line, 7);
        }

        return null;
    }

    /// <summary>A class's name, or null.</summary>
    public string? Class(int code) => _classes.TryGetValue(code, out var line) ? NameAt(line, 2) : null;

    /// <summary>A subclass's name, or null.</summary>
    public string? SubClass(int code, int subClass) =>
        _classes.TryGetValue(code, out var line) && Children(line, digits: 2).TryGetValue(subClass, out var found) ? NameAt(found, 1) : null;

    /// <summary>A protocol's name, or null.</summary>
    public string? Protocol(int code, int subClass, int protocol) =>
        _classes.TryGetValue(code, out var line)
        && Children(line, digits: 2).TryGetValue(subClass, out var found)
        && Children(found, digits: 2, depth: 2).TryGetValue(protocol, out var named) ? NameAt(named, 2) : null;

    // It runs once over tens of thousands of lines, mostly: unoptimised, the first run would take as long as all the rest.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void FindTopLines(ReadOnlySpan<byte> text)
    {
        var line = 0;
        while (line < text.Length)
        {
            if (text[line] is not ((byte)'\t' or (byte)'#' or (byte)'\n')) AddTopLine(line);
            var length = text[line..].IndexOf((byte)'\n');
            if (length < 0) break;
            line += length + 1;
        }
    }

    // "046d  Logitech, Inc.", "C 03  Human Interface Device"; other lists start with a longer word (AT, HID, HUT, ...).
    private void AddTopLine(int line)
    {
        if (IdAt(line, 4) is { } vendor) _vendors.TryAdd(vendor, line);
        else if (_text[line] == 'C' && line + 1 < _text.Length && _text[line + 1] == ' ' && IdAt(line + 2, 2) is { } code) _classes.TryAdd(code, line);
    }

    // The lines of a parent are one tab deeper than it; what is deeper still belongs to one of them.
    private Dictionary<int, int> Children(int parent, int digits, int depth = 1)
    {
        var children = new Dictionary<int, int>();
        for (var line = Next(parent); line < _text.Length; line = Next(line))
        {
            if (_text[line] is (byte)'#' or (byte)'\n') continue;
            var tabs = 0;
            while (line + tabs < _text.Length && _text[line + tabs] == '\t') tabs++;
            if (tabs < depth) break;
            if (tabs == depth && IdAt(line + depth, digits) is { } id) children.TryAdd(id, line);
        }

        return children;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int? IdAt(int start, int digits)
    {
        var text = _text.AsSpan(Math.Min(start, _text.Length));
        if (text.Length <= digits || text[digits] != ' ') return null;
        var id = 0;
        foreach (var letter in text[..digits])
        {
            var digit = letter switch
            {
                >= (byte)'0' and <= (byte)'9' => letter - '0',
                >= (byte)'a' and <= (byte)'f' => letter - 'a' + 10,
                >= (byte)'A' and <= (byte)'F' => letter - 'A' + 10,
                _ => -1,
            };
            if (digit < 0) return null;
            id = (id << 4) | digit;
        }

        return id;
    }

    private string NameAt(int line, int skip)
    {
        var text = _text.AsSpan(line + skip, End(line) - line - skip);
        return DeviceText.Clean(text[(text.IndexOf((byte)' ') + 1)..].TrimEnd((byte)'\r'));
    }

    private int Next(int line) => End(line) + 1;

    private int End(int line)
    {
        var length = _text.AsSpan(line).IndexOf((byte)'\n');
        return length < 0 ? _text.Length : line + length;
    }
}
