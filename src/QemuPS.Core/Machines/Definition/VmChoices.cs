namespace QemuPS;

/// <summary>What executes a guest's code (QEMU's <c>-accel</c>).</summary>
public enum VmAccelerator
{
    /// <summary>KVM where it really runs guests, else TCG with a warning.</summary>
    Auto,
    /// <summary>The processor itself, through the kernel.</summary>
    Kvm,
    /// <summary>QEMU's translator: works everywhere, slower.</summary>
    Tcg,
}

/// <summary>A kind of device the firmware can start from.</summary>
public enum VmBootDevice
{
    /// <summary>The machine's disks.</summary>
    Disk,
    /// <summary>The machine's CD drives.</summary>
    CdRom,
    /// <summary>The machine's network adapters (PXE).</summary>
    Network,
}

/// <summary>What a drive is.</summary>
public enum VmDriveKind
{
    /// <summary>A disk.</summary>
    Disk,
    /// <summary>A CD drive.</summary>
    CdRom,
}

/// <summary>How a guest sees a disk.</summary>
public enum VmDiskBus
{
    /// <summary>virtio-blk: fast, needs a driver in the guest.</summary>
    VirtioBlk,
    /// <summary>virtio-scsi: many disks on one controller, needs a driver in the guest.</summary>
    VirtioScsi,
    /// <summary>NVMe.</summary>
    Nvme,
    /// <summary>AHCI; a <c>pc</c> machine gets a controller for it.</summary>
    Sata,
    /// <summary>IDE, at most four drives; on a <c>q35</c> machine the same as <see cref="Sata"/>.</summary>
    Ide,
    /// <summary>A USB stick: every guest knows it, and it comes and goes while the machine runs.</summary>
    Usb,
}

/// <summary>A display adapter (QEMU's <c>-vga</c>).</summary>
public enum VmVga
{
    /// <summary>The standard VGA with VESA modes.</summary>
    Std,
    /// <summary>QXL, for SPICE.</summary>
    Qxl,
    /// <summary>virtio-vga.</summary>
    Virtio,
    /// <summary>The old Cirrus adapter.</summary>
    Cirrus,
    /// <summary>VMware's adapter.</summary>
    Vmware,
    /// <summary>No display adapter.</summary>
    None,
}

/// <summary>A sound card.</summary>
public enum VmSound
{
    /// <summary>No sound card.</summary>
    None,
    /// <summary>Intel 82801AA AC97.</summary>
    AC97,
    /// <summary>Intel HD Audio.</summary>
    Hda,
}

/// <summary>A USB controller.</summary>
public enum VmUsbController
{
    /// <summary>None, unless a USB device needs one.</summary>
    None,
    /// <summary>USB 2 (usb-ehci).</summary>
    Ehci,
    /// <summary>USB 3 and everything older (qemu-xhci).</summary>
    Xhci,
}

/// <summary>The protocol of a forwarded port.</summary>
public enum VmPortProtocol
{
    /// <summary>TCP.</summary>
    Tcp,
    /// <summary>UDP.</summary>
    Udp,
}

/// <summary>How a machine is connected to the network.</summary>
public enum VmNetwork
{
    /// <summary>QEMU's user-mode network: outgoing connections, no privileges needed.</summary>
    User,
    /// <summary>No network adapter.</summary>
    None,
    /// <summary>A bridge of the host, joined through QEMU's setuid helper.</summary>
    Bridge,
    /// <summary>A tap device of the host that is there already.</summary>
    Tap,
    /// <summary>A cable to one other machine, as a stream socket.</summary>
    Stream,
    /// <summary>A cable to other machines, as datagrams.</summary>
    Dgram,
}

/// <summary>How a machine's screen can be seen.</summary>
public enum VmDisplay
{
    /// <summary>Not at all, but for Save-QemuVmScreenshot.</summary>
    None,
    /// <summary>With a VNC viewer.</summary>
    Vnc,
    /// <summary>With a SPICE viewer: sound, clipboard and USB redirection too.</summary>
    Spice,
    /// <summary>In a window of QEMU's own, on the desktop of whoever starts the machine.</summary>
    Gtk,
}

/// <summary>What a machine is going to run, for <c>New-QemuVm -GuestOs</c>.</summary>
public enum VmGuestOs
{
    /// <summary>Linux with virtio drivers, as every distribution has them.</summary>
    Linux,
    /// <summary>Windows 10 and the servers of its time.</summary>
    Windows10,
    /// <summary>Windows 11, which asks for UEFI with Secure Boot and a TPM 2.0.</summary>
    Windows11,
    /// <summary>FreeBSD, OpenBSD, NetBSD.</summary>
    Bsd,
    /// <summary>Anything else: what nearly every system has drivers for.</summary>
    Other,
}
