namespace QemuPS;

/// <summary>As what a drive is added to a machine.</summary>
public enum DriveBus
{
    /// <summary>A virtio-blk disk.</summary>
    VirtioBlk,
    /// <summary>A disk on a virtio-scsi controller.</summary>
    VirtioScsi,
    /// <summary>An NVMe disk.</summary>
    Nvme,
    /// <summary>A SATA disk.</summary>
    Sata,
    /// <summary>An IDE disk.</summary>
    Ide,
    /// <summary>A USB stick.</summary>
    Usb,
    /// <summary>A CD drive.</summary>
    Cdrom,
}
