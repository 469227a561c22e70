using QemuPS.Disks;

namespace QemuPS.Machines;

/// <summary>
/// What belongs to a machine's export: its disks with all they stand on, and what lies in its own folder. Discs, kernels
/// and other files of the host stay where they are.
/// </summary>
internal sealed class ExportPlan
{
    private const string DiskFolder = "disks";
    private const string TpmFolder = "tpm";

    private readonly Machine _machine;
    private readonly Dictionary<string, ExportItem> _items = new(StringComparer.Ordinal);

    private ExportPlan(Machine machine, VmDefinition definition)
    {
        _machine = machine;
        Definition = definition;
    }

    /// <summary>The files.</summary>
    public IReadOnlyCollection<ExportItem> Items => _items.Values;

    /// <summary>The machine as it was when the plan was made.</summary>
    public VmDefinition Definition { get; }

    /// <summary>The definition with the paths that the files have in the export.</summary>
    public VmDefinition Relative => DefinitionPaths.Change(
        Definition with { Drives = [.. Definition.Drives.Select(drive => drive.Path is { } path && _items.TryGetValue(path, out var item) && item.Kind == ExportKind.Flat ? drive with { Format = item.Format! } : drive)] },
        path => _items.TryGetValue(path, out var item) ? item.Entry : path);

    /// <summary>Files that the definition names and the export leaves where they are.</summary>
    public IEnumerable<string> LeftOut => DefinitionPaths.Of(Definition).Select(each => each.Path).Where(path => !_items.ContainsKey(path)).Distinct();

    /// <summary>Makes the plan.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.DiskNotFound"/>, <see cref="ErrorId.DiskInvalid"/>, <see cref="ErrorId.NotSupported"/></exception>
    public static async Task<ExportPlan> MakeAsync(Machine machine, bool flatten, bool includeState, IFeedback feedback, CancellationToken cancellation)
    {
        var plan = new ExportPlan(machine, machine.Load());
        foreach (var drive in plan.Definition.Drives.Where(drive => drive is { Kind: VmDriveKind.Disk, Path: not null }))
        {
            var disk = await DiskReader.ReadChainAsync(drive.Path!, feedback, cancellation).ConfigureAwait(false);
            if (flatten && disk.Chain.Count > 0) plan.AddFlat(drive);
            else plan.AddChain([disk, .. disk.Chain]);
        }

        plan.AddOwnFiles(includeState);
        return plan;
    }

    // The format that has everything the others have; the name loses its old extension.
    private void AddFlat(VmDrive drive) =>
        Add(drive.Path!, EntryFor(Path.ChangeExtension(drive.Path!, ".qcow2")), ExportKind.Flat, "qcow2");

    private void AddChain(IReadOnlyList<QemuDisk> chain)
    {
        var entries = chain.Select(disk => _items.TryGetValue(disk.Path, out var known) ? known.Entry : EntryFor(disk.Path)).ToList();
        for (var index = 0; index < chain.Count; index++)
        {
            var below = index + 1 < chain.Count ? Path.GetFileName(entries[index + 1]) : null;
            Add(chain[index].Path, entries[index], below is null ? ExportKind.Whole : ExportKind.Overlay, chain[index].Format, below, below is null ? null : chain[index + 1].Format);
        }
    }

    private void AddOwnFiles(bool includeState)
    {
        var folder = _machine.Store.FolderOf(_machine.Name);
        foreach (var (_, path) in DefinitionPaths.Of(Definition).Where(each => File.Exists(each.Path) && DefinitionPaths.IsBelow(each.Path, folder)))
        {
            if (!_items.ContainsKey(path)) Add(path, Path.GetRelativePath(folder, path));
        }

        var tpm = Path.Combine(folder, TpmFolder);
        foreach (var file in Directory.Exists(tpm) ? Directory.EnumerateFiles(tpm).Where(file => !Path.GetFileName(file).StartsWith('.')) : []) Add(file, $"{TpmFolder}/{Path.GetFileName(file)}");
        foreach (var file in includeState ? SavedState.FilesOf(_machine).Where(file => File.Exists(file.Path)) : []) Add(file.Path, file.Name);
    }

    private void Add(string source, string entry, ExportKind kind = ExportKind.Whole, string? format = null, string? below = null, string? belowFormat = null) =>
        _items.TryAdd(source, new ExportItem(source, entry, kind, format, below, belowFormat));

    // Two disks in two folders may have the same name.
    private string EntryFor(string path)
    {
        var name = Path.GetFileName(path);
        for (var number = 2; _items.Values.Any(item => item.Entry == $"{DiskFolder}/{name}"); number++) name = $"{Path.GetFileNameWithoutExtension(path)}-{number}{Path.GetExtension(path)}";
        return $"{DiskFolder}/{name}";
    }
}
