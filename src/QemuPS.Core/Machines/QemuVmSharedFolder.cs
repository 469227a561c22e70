namespace QemuPS;

/// <summary>How a folder is shared with a guest.</summary>
public enum VmSharedFolderType
{
    /// <summary>virtiofs where virtiofsd is installed and this user can run it when the machine starts, else 9p.</summary>
    Auto,
    /// <summary>virtiofs, by a process of virtiofsd: fast, and as exact as a local file system.</summary>
    VirtioFs,
    /// <summary>9p (virtio-9p), by QEMU itself: needs nothing else on the host.</summary>
    NineP,
}

/// <summary>A folder of the host that a machine's guest can mount.</summary>
public sealed record QemuVmSharedFolder
{
    /// <summary>The machine.</summary>
    public required string VmName { get; init; }

    /// <summary>By what the guest knows it.</summary>
    public required string Tag { get; init; }

    /// <summary>The folder.</summary>
    public required string Path { get; init; }

    /// <summary>How it is shared; <see cref="VmSharedFolderType.Auto"/> is decided when the machine starts.</summary>
    public required VmSharedFolderType Type { get; init; }

    /// <summary>The guest cannot write to it.</summary>
    public required bool ReadOnly { get; init; }

    /// <summary>The running machine has it.</summary>
    public required bool IsShared { get; init; }

    /// <summary>It is in the machine's definition.</summary>
    public required bool Persisted { get; init; }

    /// <summary>What mounts it in a Linux guest; null where the type is not decided yet.</summary>
    public string? MountCommand { get; init; }
}
