namespace QemuPS.Machines;

/// <summary>
/// What was done to a running machine and QEMU does not tell when it is asked: an empty file each in the machine's
/// runtime folder. They go with the run they are about.
/// </summary>
internal sealed class RuntimeMarks(RuntimeFolder folder)
{
    /// <summary>The guest was asked to let go of the device.</summary>
    public const string Unplugging = "unplugging";

    /// <summary>The network adapter's link was taken down.</summary>
    public const string LinkDown = "link-down";

    /// <summary>The machine's disks are not kept.</summary>
    public const string Ephemeral = "ephemeral";

    /// <summary>The guest ran, and was stopped to be saved.</summary>
    public const string Saving = "saving";

    private const string Prefix = "mark-";

    /// <summary>Whether the mark is set.</summary>
    public bool Has(string kind, string id) => File.Exists(PathOf(kind, id));

    /// <summary>Sets the mark.</summary>
    public void Set(string kind, string id) => File.WriteAllBytes(PathOf(kind, id), []);

    /// <summary>Takes the mark away.</summary>
    public void Clear(string kind, string id)
    {
        if (Directory.Exists(folder.Path)) File.Delete(PathOf(kind, id));
    }

    /// <summary>The ids that have the mark.</summary>
    public IReadOnlyList<string> Ids(string kind)
    {
        if (!Directory.Exists(folder.Path)) return [];
        var prefix = $"{Prefix}{kind}-";
        return [.. Directory.EnumerateFiles(folder.Path, prefix + "*").Select(path => Uri.UnescapeDataString(Path.GetFileName(path)[prefix.Length..]))];
    }

    /// <summary>Takes all marks away.</summary>
    public void Sweep()
    {
        if (!Directory.Exists(folder.Path)) return;
        foreach (var mark in Directory.EnumerateFiles(folder.Path, Prefix + "*")) File.Delete(mark);
    }

    // An id is free text in a definition; as a file name it must be one word.
    private string PathOf(string kind, string id) => Path.Combine(folder.Path, $"{Prefix}{kind}-{Uri.EscapeDataString(id)}");
}
