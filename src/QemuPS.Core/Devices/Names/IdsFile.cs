using System.Buffers.Text;
using System.Collections.Concurrent;

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
        for (var line = 0; line < text.Length; line = Next(line)) AddTopLine(line);
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

    /// <summary>A class's name, or null.</summary>
    public string? Class(int code) => _classes.TryGetValue(code, out var line) ? NameAt(line, 2) : null;

    /// <summary>A subclass's name, or null.</summary>
    public string? SubClass(int code, int subClass) =>
        _classes.TryGetValue(code, out var line) && Children(line, digits: 2).TryGetValue(subClass, out var found) ? NameAt(found, 1) : null;

    // "046d  Logitech, Inc.", "C 03  Human Interface Device"; other lists start with a longer word (AT, HID, HUT, ...).
    private void AddTopLine(int line)
    {
        var first = _text[line];
        if (first is (byte)'\t' or (byte)'#' or (byte)'\n') return;
        if (IdAt(line, 4) is { } vendor) _vendors.TryAdd(vendor, line);
        else if (first == 'C' && line + 1 < _text.Length && _text[line + 1] == ' ' && IdAt(line + 2, 2) is { } code) _classes.TryAdd(code, line);
    }

    private Dictionary<int, int> Children(int parent, int digits)
    {
        var children = new Dictionary<int, int>();
        for (var line = Next(parent); line < _text.Length; line = Next(line))
        {
            if (_text[line] is (byte)'#' or (byte)'\n') continue;
            if (_text[line] != '\t') break;
            if (IdAt(line + 1, digits) is { } id) children.TryAdd(id, line);
        }

        return children;
    }

    private int? IdAt(int start, int digits)
    {
        var text = _text.AsSpan(Math.Min(start, _text.Length));
        if (text.Length <= digits || text[digits] != ' ') return null;
        return Utf8Parser.TryParse(text[..digits], out int id, out var used, 'x') && used == digits ? id : null;
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
