using System.Formats.Tar;
using QemuPS.Processes;

namespace QemuPS.Machines;

/// <summary>Reads what <see cref="MachineExport"/> wrote: a folder, or a tar archive of one; or a definition's document alone.</summary>
public sealed class MachineImport
{
    private const string DefinitionFile = "vm.json";
    private const int LargestDefinition = 16 << 20;

    private readonly string _path;

    private MachineImport(string path, VmDefinition definition)
    {
        _path = path;
        Definition = definition;
    }

    /// <summary>The machine as the export has it; the paths of its own files are relative.</summary>
    public VmDefinition Definition { get; }

    /// <summary>A saved state may reach further than the definition does.</summary>
    public bool TrustsState { get; init; }

    private bool IsDocument => Path.GetExtension(_path).Equals(".json", StringComparison.OrdinalIgnoreCase);

    /// <summary>Looks at an export. Nothing is written.</summary>
    /// <param name="path">The export.</param>
    /// <param name="trustsState">A saved state in it may reach further than the definition does.</param>
    /// <exception cref="QemuException"><see cref="ErrorId.InvalidPath"/> when there is none, <see cref="ErrorId.InvalidDefinition"/>.</exception>
    public static MachineImport Open(string path, bool trustsState)
    {
        try
        {
            var (content, source) = Directory.Exists(path) ? ReadFile(Path.Combine(path, DefinitionFile))
                : Path.GetExtension(path).Equals(".json", StringComparison.OrdinalIgnoreCase) ? ReadFile(path)
                : ReadArchive(path);
            return new MachineImport(path, DefinitionJson.Read(content, source)) { TrustsState = trustsState };
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new QemuException(ErrorId.InvalidPath, $"There is no export of a machine at '{path}'.", "Give a folder or an archive that Export-QemuVm wrote, or a vm.json.", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            throw QemuException.FromIO($"Cannot read '{path}'", error);
        }
    }

    /// <summary>The definition with the paths it gets in the store. A document alone brings no files: its relative paths are meant from its own folder on.</summary>
    public VmDefinition Placed(string name, string folder)
    {
        var full = DefinitionPaths.MakeFull(Definition with { Name = name }, IsDocument ? Path.GetDirectoryName(_path)! : folder);
        return IsDocument ? full.WithOwnVariables(folder) : full;
    }

    /// <summary>Adds the machine and copies its files into its folder. All is there in the end, or nothing.</summary>
    /// <param name="machine">The new machine.</param>
    /// <param name="definition">What <see cref="Placed"/> gave, with the identity it shall have.</param>
    /// <param name="feedback">Hears how far it is.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="QemuException"><see cref="ErrorId.VmExists"/>, <see cref="ErrorId.InvalidPath"/> for an archive that reaches out of its folder, <see cref="ErrorId.FileSystemError"/>.</exception>
    public async Task RunAsync(Machine machine, VmDefinition definition, IFeedback feedback, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(machine);
        ArgumentNullException.ThrowIfNull(feedback);
        using var held = await machine.LockAsync(cancellation).ConfigureAwait(false);
        machine.Store.RequireNew(definition);
        var folder = machine.Store.FolderOf(machine.Name);
        var isNew = !Directory.Exists(folder);
        try
        {
            Directory.CreateDirectory(folder);
            if (!IsDocument) await CopyFilesAsync(folder, feedback, cancellation).ConfigureAwait(false);
            SavedState.Settle(machine, definition, TrustsState);
            machine.Store.Add(definition, held);
        }
        catch (Exception error)
        {
            if (isNew && Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
            held.DisposeAndRemove();
            if (error is not (IOException or UnauthorizedAccessException or InvalidDataException)) throw;
            throw QemuException.FromIO($"Cannot import '{_path}'", error);
        }
    }

    private async Task CopyFilesAsync(string folder, IFeedback feedback, CancellationToken cancellation)
    {
        if (Directory.Exists(_path)) await CopyFolderAsync(folder, feedback, cancellation).ConfigureAwait(false);
        else await ExtractAsync(folder, feedback, cancellation).ConfigureAwait(false);
    }

    private async Task CopyFolderAsync(string folder, IFeedback feedback, CancellationToken cancellation)
    {
        // Links are not followed: what lies elsewhere is no part of the export.
        var options = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint };
        foreach (var file in Directory.EnumerateFiles(_path, "*", options).Select(file => Path.GetRelativePath(_path, file)).Where(file => file != DefinitionFile))
        {
            var target = Prepare(folder, file, feedback);
            await SparseCopy.CopyAsync(Path.Combine(_path, file), target, cancellation).ConfigureAwait(false);
            File.SetUnixFileMode(target, File.GetUnixFileMode(Path.Combine(_path, file)));
        }
    }

    private async Task ExtractAsync(string folder, IFeedback feedback, CancellationToken cancellation)
    {
        await using var file = File.OpenRead(_path);
        await using var archive = new TarReader(file);
        while (await archive.GetNextEntryAsync(copyData: false, cancellation).ConfigureAwait(false) is { } entry)
        {
            if (entry.EntryType is not (TarEntryType.RegularFile or TarEntryType.V7RegularFile or TarEntryType.SparseFile) || entry.Name == DefinitionFile) continue;
            var target = Prepare(folder, entry.Name, feedback);
            await using var output = new FileStream(target, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite });
            if (entry.DataStream is { } content) await content.CopyToAsync(output, cancellation).ConfigureAwait(false);
        }
    }

    // An archive from a stranger may name "../../.ssh/authorized_keys".
    private string Prepare(string folder, string name, IFeedback feedback)
    {
        var target = Path.GetFullPath(name, folder);
        if (!target.StartsWith(folder.TrimEnd('/') + '/', StringComparison.Ordinal)) throw new QemuException(ErrorId.InvalidPath, $"'{_path}' has a file that would lie outside of the machine's folder: '{name}'.");
        feedback.Progress(new WorkProgress($"Importing {Definition.Name}", name, -1));
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        return target;
    }

    private static (byte[] Content, string Source) ReadFile(string path) => (File.ReadAllBytes(path), path);

    private static (byte[] Content, string Source) ReadArchive(string path)
    {
        using var file = File.OpenRead(path);
        using var archive = new TarReader(file);
        while (archive.GetNextEntry() is { } entry)
        {
            if (entry.Name != DefinitionFile || entry.DataStream is not { Length: <= LargestDefinition } content) continue;
            using var text = new MemoryStream();
            content.CopyTo(text);
            return (text.ToArray(), $"{path}: {DefinitionFile}");
        }

        throw new QemuException(ErrorId.InvalidPath, $"'{path}' is an archive without a {DefinitionFile}: Export-QemuVm did not write it.");
    }
}
