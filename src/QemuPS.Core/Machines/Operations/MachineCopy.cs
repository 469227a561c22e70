using QemuPS.Disks;

namespace QemuPS.Machines;

/// <summary>What a copy of a machine shall be.</summary>
/// <param name="NewName">Its name.</param>
/// <param name="Linked">Its disks are overlays of the machine's disks; else they are copies.</param>
/// <param name="DiskFolder">Where its disks go; null for its own folder.</param>
public sealed record CopyRequest(string NewName, bool Linked, string? DiskFolder);

/// <summary>Copies machines. The copy has an id and hardware addresses of its own, and is there with all its disks or not at all.</summary>
public sealed class MachineCopy
{
    private readonly Machine _source;
    private readonly Machine _copy;
    private readonly CopyRequest _request;
    private readonly VmDefinition _definition;
    private readonly List<string> _made = [];

    private MachineCopy(Machine source, CopyRequest request, VmDefinition definition)
    {
        _source = source;
        _request = request;
        _definition = definition;
        _copy = new Machine(source.Store, request.NewName);
    }

    /// <summary>Each disk with the file it becomes.</summary>
    public IReadOnlyList<(VmDrive Drive, string Path)> Disks => [.. Drives.Select(drive => (drive, TargetOf(drive)))];

    private string Folder => _request.DiskFolder ?? _copy.Store.FolderOf(_copy.Name);

    private IEnumerable<VmDrive> Drives => _definition.Drives.Where(drive => drive is { Kind: VmDriveKind.Disk, Path: not null });

    /// <summary>Looks whether it can be done. Nothing is written.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.InvalidVmName"/>, <see cref="ErrorId.VmExists"/>, <see cref="ErrorId.VmRunning"/>, <see cref="ErrorId.DiskExists"/>, <see cref="ErrorId.DirectoryNotFound"/></exception>
    public static MachineCopy Prepare(Machine source, CopyRequest request)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(request);
        var definition = source.Load();
        var copy = new MachineCopy(source, request, definition);
        source.Store.RequireNew(definition with { Name = request.NewName });
        copy.RequireOff();
        if (request.DiskFolder is { } folder && !Directory.Exists(folder)) throw new QemuException(ErrorId.DirectoryNotFound, $"There is no folder '{folder}'.");
        if (copy.Disks.FirstOrDefault(disk => File.Exists(disk.Path)) is { Path: { } taken }) throw new QemuException(ErrorId.DiskExists, $"'{taken}' exists already.");
        return copy;
    }

    /// <summary>Does it.</summary>
    /// <exception cref="QemuException">What <see cref="Prepare"/>, <see cref="DiskConversion"/>, <see cref="DiskCreation"/> and <see cref="VmStore.Save"/> throw.</exception>
    public async Task<Machine> RunAsync(IFeedback feedback, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(feedback);
        // The machine's lock keeps it from being started while its disks are read.
        var first = string.CompareOrdinal(_source.Name, _copy.Name) < 0 ? _source : _copy;
        using var one = await first.LockAsync(cancellation).ConfigureAwait(false);
        using var other = await (first == _source ? _copy : _source).LockAsync(cancellation).ConfigureAwait(false);
        var held = first == _source ? other : one;
        RequireOff();
        var isNewFolder = !Directory.Exists(_copy.Store.FolderOf(_copy.Name));
        try
        {
            Directory.CreateDirectory(_copy.Store.FolderOf(_copy.Name));
            foreach (var (drive, path) in Disks) await MakeDiskAsync(drive, path, feedback, cancellation).ConfigureAwait(false);
            _copy.Store.Add(MoveFiles(DefinitionIdentity.MakeNew(_definition) with { Name = _copy.Name, Protected = false, Template = false, Drives = NewDrives() }), held);
            if (SavedState.Exists(_source)) feedback.Warning($"'{_copy.Name}' starts as if the power of '{_source.Name}' had failed when it was saved: the state stays with '{_source.Name}', whose disks it belongs to.");
            if (_definition.Tpm) feedback.Warning($"'{_copy.Name}' gets a TPM of its own, without the keys in that of '{_source.Name}': what a guest has sealed with them (BitLocker, LUKS) asks for its recovery key there.");
            return _copy;
        }
        catch
        {
            foreach (var path in _made) File.Delete(path);
            if (isNewFolder && Directory.Exists(_copy.Store.FolderOf(_copy.Name))) Directory.Delete(_copy.Store.FolderOf(_copy.Name), recursive: true);
            held.DisposeAndRemove();
            throw;
        }
    }

    private async Task MakeDiskAsync(VmDrive drive, string path, IFeedback feedback, CancellationToken cancellation)
    {
        if (_request.Linked)
        {
            await new DiskCreation { Path = path, Format = DiskFormat.Qcow2, BackingPath = drive.Path, BackingFormat = drive.Format }.RunAsync(cancellation).ConfigureAwait(false);
        }
        else
        {
            using var conversion = await DiskConversion.PrepareAsync(new ConversionRequest { SourcePath = drive.Path!, DestinationPath = path, Format = FormatOf(drive) }, feedback, cancellation).ConfigureAwait(false);
            await conversion.RunAsync(feedback, cancellation).ConfigureAwait(false);
        }

        _made.Add(path);
    }

    // Files in the machine's folder are its own: firmware variables and the like. The copy gets its own of each.
    private VmDefinition MoveFiles(VmDefinition definition)
    {
        var (before, after) = (_source.Store.FolderOf(_source.Name) + '/', _copy.Store.FolderOf(_copy.Name) + '/');
        return DefinitionPaths.Change(definition, path =>
        {
            if (!path.StartsWith(before, StringComparison.Ordinal)) return path;
            var moved = after + path[before.Length..];
            if (!File.Exists(path) || File.Exists(moved)) return moved;
            Directory.CreateDirectory(Path.GetDirectoryName(moved)!);
            File.Copy(path, moved);
            _made.Add(moved);
            return moved;
        });
    }

    private List<VmDrive> NewDrives() =>
        [.. _definition.Drives.Select(drive => Drives.Contains(drive) ? drive with { Path = TargetOf(drive), Format = FormatOf(drive).ToQemuName() } : drive)];

    private DiskFormat FormatOf(VmDrive drive) => _request.Linked ? DiskFormat.Qcow2 : Enum.TryParse<DiskFormat>(drive.Format, ignoreCase: true, out var format) ? format : DiskFormat.Qcow2;

    // The image's own name where the copy has a folder for it, else the machine's name before it.
    private string TargetOf(VmDrive drive)
    {
        var name = $"{Path.GetFileNameWithoutExtension(drive.Path)}{FormatOf(drive).ToExtension()}";
        var isSeldom = Drives.Count(other => Path.GetFileNameWithoutExtension(other.Path) == Path.GetFileNameWithoutExtension(drive.Path)) == 1;
        var distinct = isSeldom ? name : $"{drive.Id}-{name}";
        return Path.Combine(Folder, _request.DiskFolder is null ? distinct : $"{_copy.Name}-{distinct}");
    }

    private void RequireOff()
    {
        if (_source.FindProcess() is { } process) throw new QemuException(ErrorId.VmRunning, $"The machine '{_source.Name}' is running (pid {process}); what its guest has not written is not on its disks.", $"Stop-QemuVm {Processes.ShellQuoting.PowerShell(_source.Name)}");
    }
}
