using System.Text.Json;
using System.Text.Json.Nodes;
using QemuPS.Disks;

namespace QemuPS.Machines;

/// <summary>The paths of a command as full paths: relative ones mean the folder that the command would be started in.</summary>
internal sealed class ScriptPaths(string folder)
{
    private static readonly HashSet<string> PathKeys = new(StringComparer.Ordinal)
    {
        "file", "filename", "file.filename", "path", "mem-path", "dir", "logfile", "socket", "addr.path", "local.path", "remote.path", "pcap", "x509-dir",
    };

    // QEMU looks for these in its own folders too, and a tap's script may be "no".
    private static readonly HashSet<string> PathOrNameKeys = new(StringComparer.Ordinal) { "romfile", "script", "downscript", "helper", "smb" };
    private static readonly HashSet<string> PathOrNameOptions = new(StringComparer.Ordinal) { "bios", "option-rom" };
    private static readonly HashSet<string> ListOptions = new(StringComparer.Ordinal)
    {
        "drive", "blockdev", "device", "object", "chardev", "netdev", "nic", "net", "fsdev", "virtfs", "tpmdev", "audiodev", "acpitable", "smbios", "fw_cfg", "spice",
    };

    // The short forms of character devices: file:PATH, unix:PATH,server.
    private static readonly string[] CharacterPrefixes = ["file:", "unix:", "pipe:"];

    /// <summary>The folder.</summary>
    public string Folder { get; } = folder;

    /// <summary>A file's full path; what has a protocol stays.</summary>
    public string OfFile(string path) => ImageName.HasProtocol(path) ? path : Path.GetFullPath(path, Folder);

    /// <summary>An option that is kept, with full paths.</summary>
    public GivenOption InFull(GivenOption option)
    {
        if (option.Value is not { Length: > 0 } value) return option;
        if (PathOrNameOptions.Contains(option.Name)) return option with { Value = OfFileOrName(value) };
        if (option.Name is "hda" or "hdb" or "hdc" or "hdd" or "cdrom") return option with { Value = OfFile(value) };
        if (option.Name is "serial" or "parallel" or "monitor" or "gdb" or "debugcon") return option with { Value = OfCharacterDevice(value) };
        if (!ListOptions.Contains(option.Name)) return option;
        return option with { Value = value.StartsWith('{') ? InJson(value) : InList(value) };
    }

    private string OfFileOrName(string value) => value.Contains('/') || File.Exists(Path.GetFullPath(value, Folder)) ? OfFile(value) : value;

    private string OfCharacterDevice(string value)
    {
        if (CharacterPrefixes.FirstOrDefault(prefix => value.StartsWith(prefix, StringComparison.Ordinal)) is not { } prefix) return value;
        return prefix + Path.GetFullPath(value[prefix.Length..], Folder);
    }

    private string InList(string value)
    {
        var parts = OptionList.Split(value).ToList();
        var changed = parts.Select(InPart).ToList();
        return changed.SequenceEqual(parts) ? value : string.Join(',', changed.Select(QemuOption.Escape));
    }

    private string InPart(string part)
    {
        var equals = part.IndexOf('=', StringComparison.Ordinal);
        return equals < 0 ? part : $"{part[..equals]}={OfKey(part[..equals], part[(equals + 1)..])}";
    }

    private string OfKey(string key, string value)
    {
        if (value.Length == 0) return value;
        return PathKeys.Contains(key) ? OfFile(value) : PathOrNameKeys.Contains(key) ? OfFileOrName(value) : value;
    }

    private string InJson(string value)
    {
        JsonNode node;
        try
        {
            node = JsonNode.Parse(value)!;
        }
        catch (JsonException)
        {
            // QEMU says what is wrong with it, and it is kept as it is.
            return value;
        }

        return node is JsonObject json && Visit(json) ? QemuOption.Json(json) : value;
    }

    private bool Visit(JsonObject json)
    {
        var changed = false;
        foreach (var (key, member) in json.ToList())
        {
            if (member is JsonObject inner) changed |= Visit(inner);
            if (member?.GetValueKind() != JsonValueKind.String || member.GetValue<string>() is not { } path || OfKey(key, path) is not { } full || full == path) continue;
            json[key] = full;
            changed = true;
        }

        return changed;
    }
}
