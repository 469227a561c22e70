namespace QemuPS;

/// <summary>How the host's page cache is used for a disk, in the words of qemu-img's <c>-t</c>.</summary>
public enum VmDiskCache
{
    /// <summary>The host's cache is used and the guest's flushes are obeyed: QEMU's own choice.</summary>
    Writeback,
    /// <summary>The host's cache is passed by (O_DIRECT); flushes are obeyed.</summary>
    None,
    /// <summary>Every write is on the medium before the guest goes on.</summary>
    Writethrough,
    /// <summary>Every write is on the medium before the guest goes on, and the host's cache is passed by.</summary>
    Directsync,
    /// <summary>Flushes are ignored: a crash of the host can cost the whole image.</summary>
    Unsafe,
}

/// <summary>What happens when a guest says that it does not need blocks any more (TRIM).</summary>
public enum VmDiskDiscard
{
    /// <summary>Nothing: the image keeps its size.</summary>
    Ignore,
    /// <summary>The image's file gives the room back to the host.</summary>
    Unmap,
}

/// <summary>What happens when the host cannot read or write an image (QEMU's <c>werror</c> and <c>rerror</c>).</summary>
public enum VmDiskErrorAction
{
    /// <summary>The guest is stopped where the file system is full, and hears of every other error.</summary>
    Enospc,
    /// <summary>The guest is stopped.</summary>
    Stop,
    /// <summary>The guest hears of it.</summary>
    Report,
    /// <summary>Nobody hears of it.</summary>
    Ignore,
}
