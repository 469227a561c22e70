using System.IO.Enumeration;
using System.Text.Json;
using QemuPS.Devices;

namespace QemuPS.Host;

/// <summary>
/// Reads the descriptors of firmware (docs/interop/firmware.json of QEMU): files in three folders, taken together and
/// sorted by name. A file hides one of the same name in a folder behind its own, and hides it for good where it is empty.
/// </summary>
public static class FirmwareDescriptors
{
    /// <summary>The folders, the user's own first.</summary>
    public static IReadOnlyList<string> Folders
    {
        get
        {
            var own = Environment.GetEnvironmentVariable("XDG_CONFIG_HOME") is { Length: > 0 } xdg ? xdg : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".config");
            return [Path.Combine(own, "qemu/firmware"), "/etc/qemu/firmware", "/usr/share/qemu/firmware"];
        }
    }

    /// <summary>What is installed, in the order in which a program shall try it.</summary>
    /// <param name="root">The host.</param>
    /// <param name="feedback">Hears of descriptors that cannot be understood.</param>
    public static IReadOnlyList<QemuFirmware> Read(SysfsRoot root, IFeedback feedback)
    {
        ArgumentNullException.ThrowIfNull(root);
        ArgumentNullException.ThrowIfNull(feedback);
        var files = from folder in Folders
                    from name in root.List(folder)
                    where name.EndsWith(".json", StringComparison.Ordinal)
                    select (Name: name, Path: $"{folder}/{name}");
        return [.. files.DistinctBy(file => file.Name).OrderBy(file => file.Name, StringComparer.Ordinal)
            .Select(file => Read(root, file.Name, file.Path, feedback)).OfType<QemuFirmware>()];
    }

    /// <summary>The first UEFI in flash that is complete and fits a machine.</summary>
    /// <param name="firmware">What is installed, in order.</param>
    /// <param name="architecture">The machine's architecture, <c>x86_64</c>.</param>
    /// <param name="machineType">Its machine type, with version: <c>pc-q35-7.2</c>.</param>
    /// <param name="secureBoot">It shall have Secure Boot with keys enrolled, or shall not have it at all.</param>
    public static QemuFirmware? FindUefi(IEnumerable<QemuFirmware> firmware, string architecture, string machineType, bool secureBoot) =>
        firmware.FirstOrDefault(each =>
            each is { IsComplete: true, Device: "flash", VarsTemplatePath: not null }
            && each.Interfaces.Contains("uefi")
            && each.HasSecureBoot == secureBoot
            && each.HasEnrolledKeys == secureBoot
            && Fits(each, architecture, machineType));

    /// <summary>A firmware is made for a machine type.</summary>
    public static bool Fits(QemuFirmware firmware, string architecture, string machineType)
    {
        ArgumentNullException.ThrowIfNull(firmware);
        return firmware.Targets.Any(target => target.Architecture == architecture && target.MachineTypes.Any(pattern => FileSystemName.MatchesSimpleExpression(pattern, machineType, ignoreCase: false)));
    }

    private static QemuFirmware? Read(SysfsRoot root, string name, string path, IFeedback feedback)
    {
        if (root.ReadBytes(path) is not { Length: > 0 } content) return null;
        try
        {
            using var document = JsonDocument.Parse(content, new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip });
            return Read(root, name, path, document.RootElement);
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            feedback.Warning($"The firmware descriptor '{path}' cannot be understood and is left out: {error.Message}");
            return null;
        }
    }

    private static QemuFirmware Read(SysfsRoot root, string name, string path, JsonElement json)
    {
        var mapping = json.GetProperty("mapping");
        var device = mapping.GetProperty("device").GetString()!;
        // A flash names program and variables; the other two name one file.
        var code = device == "flash" ? mapping.GetProperty("executable") : mapping;
        var vars = mapping.TryGetProperty("nvram-template", out var template) ? template : default;
        var codePath = code.GetProperty("filename").GetString()!;
        var varsPath = vars.ValueKind == JsonValueKind.Object ? vars.GetProperty("filename").GetString() : null;
        return new QemuFirmware
        {
            Name = name,
            DescriptorPath = path,
            Description = json.GetProperty("description").GetString()!,
            Interfaces = Texts(json.GetProperty("interface-types")),
            Device = device,
            CodePath = codePath,
            CodeFormat = code.TryGetProperty("format", out var format) ? format.GetString()! : "raw",
            VarsTemplatePath = varsPath,
            VarsTemplateFormat = varsPath is null ? null : vars.GetProperty("format").GetString(),
            Targets = [.. json.GetProperty("targets").EnumerateArray().Select(target => new QemuFirmwareTarget(target.GetProperty("architecture").GetString()!, Texts(target.GetProperty("machines"))))],
            Features = Texts(json.GetProperty("features")),
            IsComplete = root.Exists(codePath) && (varsPath is null || root.Exists(varsPath)),
        };
    }

    private static IReadOnlyList<string> Texts(JsonElement array) => [.. array.EnumerateArray().Select(each => each.GetString()!)];
}
