using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using QemuPS.Processes;

namespace QemuPS.Machines;

/// <summary>The folders of the host that a machine's guest can mount. They come and go with the start of QEMU.</summary>
public static partial class MachineSharedFolders
{
    /// <summary>Shares a folder from the machine's next start on.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="path">The folder's full path.</param>
    /// <param name="tag">By what the guest shall know it; null for the folder's name.</param>
    /// <param name="type">How.</param>
    /// <param name="readOnly">The guest cannot write to it.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="QemuException"><see cref="ErrorId.DirectoryNotFound"/>, <see cref="ErrorId.InvalidPath"/>, <see cref="ErrorId.InvalidOption"/> for a tag that cannot be one,
    /// <see cref="ErrorId.SharedFolderExists"/>.</exception>
    public static async Task<QemuVmSharedFolder> AddAsync(Machine machine, string path, string? tag, VmSharedFolderType type, bool readOnly, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(machine);
        RequireFolder(path);
        var known = tag ?? Path.GetFileName(path.TrimEnd('/'));
        if (!Tag().IsMatch(known)) throw new QemuException(ErrorId.InvalidOption, $"'{known}' cannot be a tag: it has letters, digits, '.', '_' and '-', 31 at most.", "-Tag gives another one.");
        var share = new VmSharedFolder { Id = $"share-{known}", Tag = known, Path = path, Type = type, ReadOnly = readOnly };
        await machine.ChangeAsync(definition => definition with { SharedFolders = [.. definition.SharedFolders.Select(other => RequireOther(machine, other, known)), share] }, cancellation).ConfigureAwait(false);
        return (await ReadAsync(machine, cancellation).ConfigureAwait(false)).Single(each => each.Persisted && each.Tag == known);
    }

    /// <summary>Shares a folder no more, from the machine's next start on.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.SharedFolderNotFound"/></exception>
    public static Task RemoveAsync(Machine machine, string tag, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(machine);
        return machine.ChangeAsync(
            definition => definition.SharedFolders.Any(share => share.Tag == tag)
                ? definition with { SharedFolders = [.. definition.SharedFolders.Where(share => share.Tag != tag)] }
                : throw NotFound(machine, tag),
            cancellation);
    }

    /// <summary>Those in the definition, and those that the running machine has besides.</summary>
    public static async Task<IReadOnlyList<QemuVmSharedFolder>> ReadAsync(Machine machine, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(machine);
        var defined = machine.Load().SharedFolders;
        if (machine.FindProcess() is null) return [.. defined.Select(share => ToObject(machine, share, type: null, isDefined: true))];
        var started = machine.LoadStarted().SharedFolders;
        var types = await TypesAsync(machine, cancellation).ConfigureAwait(false);
        // One that was changed meanwhile is two: what the guest has, and what it will have.
        return
        [
            .. started.Where(share => types.ContainsKey(share.Id)).Select(share => ToObject(machine, share, types[share.Id], defined.Contains(share))),
            .. defined.Where(share => !started.Contains(share)).Select(share => ToObject(machine, share, type: null, isDefined: true)),
        ];
    }

    /// <summary>Throws where a folder cannot be shared.</summary>
    internal static void RequireFolder(string path)
    {
        if (File.Exists(path)) throw new QemuException(ErrorId.InvalidPath, $"'{path}' is a file, and folders are shared.");
        if (!Directory.Exists(path)) throw new QemuException(ErrorId.DirectoryNotFound, $"The folder '{path}' is not there.", $"New-Item -ItemType Directory {ShellQuoting.PowerShell(path)}");
    }

    /// <summary>The error for a tag that no folder has.</summary>
    public static QemuException NotFound(Machine machine, string tag) =>
        new(ErrorId.SharedFolderNotFound, $"'{machine?.Name}' has no shared folder '{tag}'.", $"Get-QemuVmSharedFolder {ShellQuoting.PowerShell(machine?.Name ?? "")}");

    // As QEMU says it: share-src is child<virtio-9p-pci>.
    private static async Task<Dictionary<string, VmSharedFolderType>> TypesAsync(Machine machine, CancellationToken cancellation)
    {
        var devices = await machine.ExecuteAsync("qom-list", new JsonObject { ["path"] = "/machine/peripheral" }, Machine.AnswerTimeout, cancellation).ConfigureAwait(false);
        return devices.EnumerateArray()
            .Select(device => (Name: device.GetProperty("name").GetString()!, Type: device.GetProperty("type").GetString()))
            .Where(device => device.Type is "child<virtio-9p-pci>" or "child<vhost-user-fs-pci>")
            .ToDictionary(device => device.Name, device => device.Type == "child<virtio-9p-pci>" ? VmSharedFolderType.NineP : VmSharedFolderType.VirtioFs);
    }

    private static QemuVmSharedFolder ToObject(Machine machine, VmSharedFolder share, VmSharedFolderType? type, bool isDefined) => new()
    {
        VmName = machine.Name,
        Tag = share.Tag,
        Path = share.Path,
        Type = type ?? share.Type,
        ReadOnly = share.ReadOnly,
        IsShared = type is not null,
        Persisted = isDefined,
        MountCommand = (type ?? share.Type) switch
        {
            VmSharedFolderType.VirtioFs => $"mount -t virtiofs {share.Tag} /mnt",
            // 128 KiB a message instead of 8: reading is several times as fast (https://wiki.qemu.org/Documentation/9psetup, msize).
            VmSharedFolderType.NineP => $"mount -t 9p -o trans=virtio,version=9p2000.L,msize=131072{(share.ReadOnly ? ",ro" : "")} {share.Tag} /mnt",
            _ => null,
        },
    };

    private static VmSharedFolder RequireOther(Machine machine, VmSharedFolder share, string tag) => share.Tag != tag
        ? share
        : throw new QemuException(ErrorId.SharedFolderExists, $"'{machine.Name}' shares '{share.Path}' as '{tag}' already.", $"Remove-QemuVmSharedFolder {ShellQuoting.PowerShell(machine.Name)} {tag}, or another -Tag");

    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9._-]{0,30}$")]
    private static partial Regex Tag();
}
