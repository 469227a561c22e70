using System.Security.Cryptography;
using System.Text;
using QemuPS.Processes;

namespace QemuPS.Machines;

/// <summary>The folder that keeps the definitions of this user's machines: <c>vms/NAME/vm.json</c>.</summary>
/// <param name="root">The store's folder.</param>
public sealed class VmStore(string root)
{
    private const string FileName = "vm.json";

    /// <summary>The store's folder.</summary>
    public string Root { get; } = Path.GetFullPath(root);

    private string MachinesFolder => Path.Combine(Root, "vms");

    /// <summary>The user's store: <c>QEMUPS_HOME</c>, else <c>$XDG_DATA_HOME/qemups</c>, else <c>~/.local/share/qemups</c>.</summary>
    public static VmStore Open()
    {
        if (Environment.GetEnvironmentVariable("QEMUPS_HOME") is { Length: > 0 } home) return new VmStore(home);
        var data = Environment.GetEnvironmentVariable("XDG_DATA_HOME") is { Length: > 0 } xdg
            ? xdg
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".local", "share");
        return new VmStore(Path.Combine(data, "qemups"));
    }

    /// <summary>The names of all machines, sorted.</summary>
    public IReadOnlyList<string> Names()
    {
        if (!Directory.Exists(MachinesFolder)) return [];
        return Directory.EnumerateDirectories(MachinesFolder)
            .Where(folder => File.Exists(Path.Combine(folder, FileName)))
            .Select(folder => Path.GetFileName(folder)!)
            .Order(StringComparer.OrdinalIgnoreCase)
            .ToList();
    }

    /// <summary>The machine's own folder.</summary>
    public string FolderOf(string name) => Path.Combine(MachinesFolder, name);

    /// <summary>The definition's file.</summary>
    public string PathOf(string name) => Path.Combine(FolderOf(name), FileName);

    /// <summary>Whether there is a machine of that name. Names are told apart by case, as files are.</summary>
    public bool Contains(string name) => File.Exists(PathOf(name));

    /// <summary>Reads a definition. One that was written by hand without an id has one all the same, always the same.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.VmNotFound"/>, <see cref="ErrorId.InvalidDefinition"/>, <see cref="ErrorId.AccessDenied"/></exception>
    public VmDefinition Load(string name)
    {
        VmName.Require(name);
        var path = PathOf(name);
        try
        {
            var definition = DefinitionJson.ReadAsIs(File.ReadAllBytes(path), path);
            // The folder is what the user sees and renames; it has the last word.
            return definition.Name == name && definition.Id != Guid.Empty && definition.CreationTime != default ? definition : Complete(definition, name, path);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw NotFound(name);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw QemuException.FromIO($"Cannot read the definition of '{name}'", error);
        }
    }

    /// <summary>All definitions that can be read. Who asks for one that cannot hears of it.</summary>
    public IEnumerable<VmDefinition> LoadReadable()
    {
        foreach (var name in Names())
        {
            VmDefinition definition;
            try
            {
                definition = Load(name);
            }
            catch (QemuException)
            {
                continue;
            }

            yield return definition;
        }
    }

    /// <summary>Throws unless a machine of this definition can be added.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.VmExists"/>, <see cref="ErrorId.InvalidVmName"/>, <see cref="ErrorId.InvalidDefinition"/></exception>
    public void RequireNew(VmDefinition definition)
    {
        DefinitionJson.Require(definition);
        if (Contains(definition.Name))
        {
            throw new QemuException(ErrorId.VmExists, $"A machine '{definition.Name}' exists already.", $"Get-QemuVm '{definition.Name}'");
        }
    }

    /// <summary>Makes the folder of a machine to come somewhere else; the store has a link to it.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.FileExists"/>, <see cref="ErrorId.DirectoryNotFound"/>, <see cref="ErrorId.FileSystemError"/>, <see cref="ErrorId.AccessDenied"/></exception>
    public void PlaceFolder(string name, string parent)
    {
        var target = Path.Combine(Path.GetFullPath(parent), name);
        if (!Directory.Exists(parent)) throw new QemuException(ErrorId.DirectoryNotFound, $"There is no folder '{parent}'.");
        if (Path.Exists(target)) throw new QemuException(ErrorId.FileExists, $"'{target}' exists already.");
        try
        {
            Directory.CreateDirectory(target);
            Directory.CreateDirectory(MachinesFolder);
            Directory.CreateSymbolicLink(FolderOf(name), target);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw QemuException.FromIO($"Cannot make the folder '{target}'", error);
        }
    }

    /// <summary>Adds a machine.</summary>
    /// <exception cref="QemuException">What <see cref="RequireNew"/> and <see cref="Save"/> throw.</exception>
    public void Add(VmDefinition definition, VmLock held)
    {
        RequireNew(definition);
        Save(definition, held);
    }

    /// <summary>
    /// Writes a definition, the one way it is ever written: the old one is there until the new one is complete, and is kept
    /// afterwards (<see cref="DefinitionHistory"/>).
    /// </summary>
    /// <param name="definition">The definition.</param>
    /// <param name="held">The machine's lock: whoever changes a definition holds it from before he read it.</param>
    /// <exception cref="QemuException"><see cref="ErrorId.InvalidDefinition"/>, <see cref="ErrorId.FileSystemError"/>, <see cref="ErrorId.AccessDenied"/></exception>
    public void Save(VmDefinition definition, VmLock held)
    {
        if (!held.IsOf(new RuntimeFolder(this, definition.Name))) throw new ArgumentException($"This is not the lock of '{definition.Name}'.", nameof(held));
        DefinitionJson.Require(definition);
        var folder = FolderOf(definition.Name);
        var isNew = !File.Exists(PathOf(definition.Name));
        try
        {
            Directory.CreateDirectory(folder);
            Replace(PathOf(definition.Name), DefinitionJson.Write(definition));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw QemuException.FromIO($"Cannot save the machine '{definition.Name}' in '{Root}'", error);
        }
        finally
        {
            // A machine that could not be written leaves no empty folder of its name.
            if (isNew && Directory.Exists(folder) && !Directory.EnumerateFileSystemEntries(folder).Any()) DeleteFolder(folder);
        }
    }

    /// <summary>Renames a machine with its folder; files of its own in there are found where they are now.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="newName">The name it gets.</param>
    /// <param name="held">The lock of the machine with the new name.</param>
    /// <exception cref="QemuException"><see cref="ErrorId.VmExists"/>, and what <see cref="Load"/> and <see cref="Save"/> throw; the machine has its old name then.</exception>
    public void Rename(string name, string newName, VmLock held)
    {
        var definition = Load(name);
        if (Contains(newName)) throw new QemuException(ErrorId.VmExists, $"A machine '{newName}' exists already.", $"Get-QemuVm '{newName}'");
        var (before, after) = (FolderOf(name), FolderOf(newName));
        try
        {
            Directory.Move(before, after);
            Save(DefinitionPaths.Change(definition with { Name = newName }, path => path.StartsWith(before + '/', StringComparison.Ordinal) ? after + path[before.Length..] : path), held);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or QemuException)
        {
            if (Directory.Exists(after) && !Directory.Exists(before)) Directory.Move(after, before);
            throw error as QemuException ?? QemuException.FromIO($"Cannot rename the machine '{name}'", error);
        }
    }

    /// <summary>Removes a machine's folder with everything QemuPS put there.</summary>
    /// <param name="name">The machine.</param>
    /// <param name="keep">Files in its folder that stay, in the folder.</param>
    /// <exception cref="QemuException"><see cref="ErrorId.VmNotFound"/>, <see cref="ErrorId.FileSystemError"/>, <see cref="ErrorId.AccessDenied"/></exception>
    public void Remove(string name, params string[] keep)
    {
        if (!Contains(name)) throw NotFound(name);
        try
        {
            // The definition goes first: a removal that is interrupted leaves no half machine in the list.
            File.Delete(PathOf(name));
            var kept = keep.Where(path => path.StartsWith(FolderOf(name) + '/', StringComparison.Ordinal)).ToHashSet(StringComparer.Ordinal);
            if (kept.Count == 0) DeleteFolder(FolderOf(name));
            else Clear(FolderOf(name), kept);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw QemuException.FromIO($"Cannot remove the machine '{name}'", error);
        }
    }

    private static void Clear(string folder, HashSet<string> keep)
    {
        foreach (var file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Where(file => !keep.Contains(file)).ToList()) File.Delete(file);
        foreach (var inner in Directory.EnumerateDirectories(folder, "*", SearchOption.AllDirectories).OrderByDescending(path => path.Length).ToList())
        {
            if (!Directory.EnumerateFileSystemEntries(inner).Any()) Directory.Delete(inner);
        }
    }

    // A link to a folder elsewhere goes with what it leads to.
    private static void DeleteFolder(string folder)
    {
        var target = Directory.ResolveLinkTarget(folder, returnFinalTarget: true);
        Directory.Delete(folder, recursive: true);
        if (target is { Exists: true }) Directory.Delete(target.FullName, recursive: true);
    }

    private static void Replace(string path, byte[] content)
    {
        if (File.Exists(path))
        {
            if (File.ReadAllBytes(path).AsSpan().SequenceEqual(content)) return;
            DefinitionHistory.Keep(path);
        }

        AtomicFile.Write(path, content);
    }

    private static VmDefinition Complete(VmDefinition definition, string name, string path) => definition with
    {
        Name = name,
        Id = definition.Id == Guid.Empty ? new Guid(SHA256.HashData(Encoding.UTF8.GetBytes(path)).AsSpan(0, 16)) : definition.Id,
        CreationTime = definition.CreationTime == default ? File.GetLastWriteTime(path) : definition.CreationTime,
    };

    /// <summary>The error for a name that no machine has.</summary>
    public QemuException NotFound(string name) =>
        new(ErrorId.VmNotFound, $"There is no machine '{name}' in '{Root}'.", "Get-QemuVm lists those there are.");
}
