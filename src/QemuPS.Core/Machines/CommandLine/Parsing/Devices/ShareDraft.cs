using System.Text.RegularExpressions;

namespace QemuPS.Machines;

/// <summary>
/// The folders that a command line shares by 9p, and those of virtiofs where the script starts virtiofsd as well: which folder
/// it is, only that command knows.
/// </summary>
internal sealed partial class ShareDraft(MachineDraft machine)
{
    private const string VirtioFsDriver = "vhost-user-fs-pci";

    private readonly MachineDraft _machine = machine;
    private readonly List<GivenOption> _given = [];

    /// <summary>What the script has started to share folders.</summary>
    public IReadOnlyList<VirtioFsCommand> Daemons { get; set; } = [];

    /// <summary><c>-fsdev</c> and <c>-virtfs</c>.</summary>
    public IReadOnlyList<GivenOption> Options => _given;

    /// <summary><c>-fsdev</c> or <c>-virtfs</c>.</summary>
    public void Add(GivenOption option) => _given.Add(option);

    /// <summary>What can become a property.</summary>
    public IEnumerable<DraftGroup> Groups(IReadOnlyList<DraftDevice> devices) =>
        _given.Select(option => option.Name == "virtfs" ? Short(option) : Long(option, devices)).Concat(devices.Select(VirtioFs)).OfType<SharedFolderGroup>();

    /// <summary>A character device is for a folder that becomes a property.</summary>
    public bool IsSocketOfShare(string id, IReadOnlyList<DraftDevice> devices) =>
        devices.Any(device => device.Driver == VirtioFsDriver && device.List().Take("chardev") == id && VirtioFs(device) is not null);

    // How long its queue is, is our own choice.
    private SharedFolderGroup? VirtioFs(DraftDevice device)
    {
        if (device.Driver != VirtioFsDriver) return null;
        var list = device.List();
        list.Take("queue-size");
        var (id, tag, chardev) = (list.Take("id"), list.Take("tag"), list.Take("chardev"));
        if (tag is null || chardev is null || !list.IsEmpty || !TagRule().IsMatch(tag) || !_machine.HasSharedMemory) return null;
        if (_machine.Consoles.FindClient(chardev) is not { } socket || Daemons.LastOrDefault(daemon => daemon.Socket == socket.Path) is not { } daemon) return null;
        var folder = new VmSharedFolder { Id = id ?? $"share-{tag}", Tag = tag, Path = daemon.Folder, Type = VmSharedFolderType.VirtioFs, ReadOnly = daemon.ReadOnly };
        return new SharedFolderGroup([socket.Option, device.Option], folder);
    }

    // -virtfs is -fsdev and its device in one (softmmu/vl.c).
    private SharedFolderGroup? Short(GivenOption option)
    {
        var list = option.List("fsdriver");
        var tag = list.Take("mount_tag");
        list.Take("id");
        return tag is not null && Folder(list, tag, null) is { } folder ? new SharedFolderGroup([option], folder) : null;
    }

    private SharedFolderGroup? Long(GivenOption option, IReadOnlyList<DraftDevice> devices)
    {
        var list = option.List("fsdriver");
        var id = list.Take("id");
        if (devices.Where(device => device.List().Take("fsdev") == id).ToList() is not [{ Driver: "virtio-9p-pci" } device]) return null;
        var properties = device.List();
        properties.Take("fsdev");
        var (tag, name) = (properties.Take("mount_tag"), properties.Take("id"));
        return tag is not null && properties.IsEmpty && Folder(list, tag, name) is { } folder ? new SharedFolderGroup([option, device.Option], folder) : null;
    }

    // What the property means has to be what the options mean. Read-only, a folder is shown as it is. Written to by a guest, owners
    // and modes are in extended attributes: with another security model the same files would look otherwise, on either side.
    private VmSharedFolder? Folder(OptionList list, string tag, string? id)
    {
        var (driver, path, model) = (list.Take("fsdriver"), list.Take("path"), list.Take("security_model"));
        var isReadOnly = list.TakeSwitch("readonly") == true;
        var links = list.Take("multidevs");
        if (driver != "local" || path is null || !TagRule().IsMatch(tag) || links is not (null or "remap") || !list.IsEmpty) return null;
        if (isReadOnly ? model is not ("none" or "passthrough") : model is not ("mapped" or "mapped-xattr")) return null;
        return new VmSharedFolder { Id = id ?? $"share-{tag}", Tag = tag, Path = _machine.Paths.OfFile(path), Type = VmSharedFolderType.NineP, ReadOnly = isReadOnly };
    }

    // What a definition takes for a tag.
    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9._-]{0,30}$")]
    private static partial Regex TagRule();
}
