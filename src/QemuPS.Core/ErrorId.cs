namespace QemuPS;

/// <summary>
/// Every error QemuPS reports, by a name that stays the same between versions. It is the first part of
/// a PowerShell error's FullyQualifiedErrorId, so a script can rely on it.
/// </summary>
public enum ErrorId
{
    /// <summary>A file, folder or device may not be read or written by this user.</summary>
    AccessDenied,
    /// <summary>A file or folder could not be read or written for another reason than access (disk full, read-only, I/O error).</summary>
    FileSystemError,
    /// <summary>The folder that should hold a new file is not there.</summary>
    DirectoryNotFound,
    /// <summary>A path cannot be used for what was asked, a folder where a file is needed for instance.</summary>
    InvalidPath,
    /// <summary>A file that shall be read is not there.</summary>
    FileNotFound,
    /// <summary>A file that would be written exists already.</summary>
    FileExists,
    /// <summary>A program that QemuPS needs is not installed.</summary>
    ToolNotFound,
    /// <summary>A program ended with an error; the message quotes it.</summary>
    ToolFailed,
    /// <summary>A program did not end in its time.</summary>
    ToolTimeout,

    /// <summary>A disk image with that path exists already.</summary>
    DiskExists,
    /// <summary>There is no disk image at that path.</summary>
    DiskNotFound,
    /// <summary>A running process holds the disk image.</summary>
    DiskLocked,
    /// <summary>A machine's definition names the disk image.</summary>
    DiskInUse,
    /// <summary>The file is not an image of the format it is said to have, or is damaged.</summary>
    DiskInvalid,
    /// <summary>Other images are overlays of the disk image: without it they are worthless.</summary>
    DiskHasOverlays,
    /// <summary>The image is encrypted, and the passphrase is missing or wrong.</summary>
    InvalidPassphrase,
    /// <summary>There is not enough room on the file system for what would be written.</summary>
    InsufficientSpace,
    /// <summary>The image's format, or QEMU, cannot do what was asked.</summary>
    NotSupported,
    /// <summary>The disk or machine has no snapshot of that name.</summary>
    SnapshotNotFound,
    /// <summary>The disk or machine has a snapshot of that name already.</summary>
    SnapshotExists,
    /// <summary>Other snapshots, or more than one image, stand on the snapshot.</summary>
    SnapshotInUse,
    /// <summary>A size is zero, negative or more than the format can hold.</summary>
    InvalidSize,
    /// <summary>An option does not fit the format or the other options.</summary>
    InvalidOption,

    /// <summary>No machine has that name or id.</summary>
    VmNotFound,
    /// <summary>A machine with that name exists already.</summary>
    VmExists,
    /// <summary>A machine's name has characters or a length that a name cannot have.</summary>
    InvalidVmName,
    /// <summary>A definition file or object is not a valid machine definition.</summary>
    InvalidDefinition,
    /// <summary>A text is not a command line: a quote that is not closed, an option that QEMU does not have.</summary>
    InvalidCommandLine,
    /// <summary>A script has something that only a shell could carry out, and nothing of a script is run.</summary>
    UnsupportedShellSyntax,
    /// <summary>A script uses a variable that it does not assign.</summary>
    UnknownVariable,
    /// <summary>Something would be lost, and there is nobody to ask.</summary>
    ConfirmationNeeded,
    /// <summary>A definition from somewhere else reaches beyond its machine, and nobody said that it may.</summary>
    UntrustedDefinition,
    /// <summary>The machine is protected from being removed.</summary>
    VmProtected,
    /// <summary>The machine is a model for copies, which is not started.</summary>
    VmIsTemplate,
    /// <summary>The machine runs already, or another process is starting it.</summary>
    VmAlreadyRunning,
    /// <summary>The machine must be off for this, and runs.</summary>
    VmRunning,
    /// <summary>The machine must run for this, and does not.</summary>
    VmNotRunning,
    /// <summary>Another process holds the machine's lock for longer than the time limit.</summary>
    VmBusy,
    /// <summary>QEMU refused to start; the message quotes it.</summary>
    VmStartFailed,
    /// <summary>The guest did not shut down in time; the machine still runs.</summary>
    VmShutdownTimeout,
    /// <summary>What was waited for did not happen in time.</summary>
    VmWaitTimeout,
    /// <summary>QEMU could not write the machine's state; the message says why, and how the machine is now.</summary>
    VmSaveFailed,
    /// <summary>The saved state cannot be gone on from: it does not fit the machine's disks or its QEMU any more, or is damaged.</summary>
    SavedStateInvalid,
    /// <summary>An ISO or another medium that a machine names is not there.</summary>
    MediumNotFound,
    /// <summary>The guest has locked the CD drive's tray.</summary>
    MediumLocked,
    /// <summary>The machine has no device, drive, adapter or forward of that name.</summary>
    VmDeviceNotFound,
    /// <summary>The machine has a device of that name already.</summary>
    VmDeviceExists,
    /// <summary>A network adapter of a machine has that hardware address already.</summary>
    MacAddressInUse,
    /// <summary>No firmware is installed that the machine could start with.</summary>
    FirmwareNotFound,
    /// <summary>KVM was asked for and cannot be used.</summary>
    KvmUnavailable,
    /// <summary>A port of the host that shall lead into the guest is somebody else's.</summary>
    PortInUse,
    /// <summary>A bridge or a tap that the machine shall use is not there, or not for this user.</summary>
    NetworkUnavailable,
    /// <summary>The host cannot give a machine that much memory.</summary>
    InsufficientMemory,

    /// <summary>The QMP socket does not answer, or is not QMP.</summary>
    QmpConnectionFailed,
    /// <summary>Another client holds the QMP socket.</summary>
    QmpBusy,
    /// <summary>QEMU did not answer in time.</summary>
    QmpTimeout,
    /// <summary>QEMU answered a QMP command with an error; the message quotes it.</summary>
    QmpCommandFailed,
    /// <summary>The connection ended while a command was under way: whether it was carried out is not known.</summary>
    QmpOutcomeUnknown,

    /// <summary>No agent listens in the guest, or the machine has no channel for one.</summary>
    GuestAgentNotConnected,
    /// <summary>The guest's agent did not answer in time.</summary>
    GuestAgentTimeout,
    /// <summary>The guest's agent does not have the command, or may not run it.</summary>
    GuestAgentCommandDisabled,
    /// <summary>The guest's agent answered with an error; the message quotes it.</summary>
    GuestAgentCommandFailed,
    /// <summary>The machine has no shared folder of that tag.</summary>
    SharedFolderNotFound,
    /// <summary>The machine has a shared folder of that tag already.</summary>
    SharedFolderExists,
    /// <summary>A file that was copied from or to a guest is not the same there as here.</summary>
    GuestFileMismatch,

    /// <summary>No such USB device is plugged in.</summary>
    UsbDeviceNotFound,
    /// <summary>More than one USB device fits, and nothing tells them apart.</summary>
    UsbDeviceAmbiguous,
    /// <summary>A hub cannot be given to a machine.</summary>
    UsbDeviceIsHub,
    /// <summary>The host itself uses the USB device (a mounted disk, the only keyboard).</summary>
    UsbDeviceInUse,
    /// <summary>This user may not open the USB device's node.</summary>
    UsbAccessDenied,
    /// <summary>The kernel did not reset the USB device, or it did not come back.</summary>
    UsbResetFailed,
    /// <summary>The machine has this USB device already.</summary>
    UsbDeviceAlreadyAdded,
    /// <summary>The environment names a recorded host, and this can be done on a real one only.</summary>
    RecordedHost,
    /// <summary>There is no such udev rules file.</summary>
    UdevRuleNotFound,
    /// <summary>The udev rules file was not written by QemuPS.</summary>
    UdevRuleNotManaged,
    /// <summary>udev read the rule, and the device's node is as it was.</summary>
    UdevRuleWithoutEffect,
    /// <summary>The live part of a change failed or was not possible; the definition was not changed.</summary>
    LiveChangeFailed,

    /// <summary>The host has no PCI device at that address.</summary>
    PciDeviceNotFound,
    /// <summary>A bridge stays with the host.</summary>
    PciDeviceIsBridge,
    /// <summary>The host itself, or a running machine, uses the PCI device.</summary>
    PciDeviceInUse,
    /// <summary>The kernel has no PCI driver of that name.</summary>
    PciDriverNotFound,
    /// <summary>The kernel did not give the device the driver; the message says what it answered.</summary>
    PciDriverFailed,
    /// <summary>A driver did not let go of a device in time.</summary>
    PciDriverTimeout,
    /// <summary>A driver of the host has the PCI device: a machine takes it from vfio-pci.</summary>
    PciDeviceNotBound,
    /// <summary>The PCI device does not answer any more, as after a reset that failed.</summary>
    PciDeviceDead,
    /// <summary>The machine has this PCI device, or mediated device, already.</summary>
    PciDeviceAlreadyAdded,
    /// <summary>Drivers of the host have other devices of the IOMMU group.</summary>
    IommuGroupNotViable,
    /// <summary>This user may not open the IOMMU group's node, or it is not there.</summary>
    VfioAccessDenied,
    /// <summary>This user may not lock as much memory as the machine has.</summary>
    MemoryLockLimit,
    /// <summary>No device offers that type of mediated device.</summary>
    MdevTypeNotFound,
    /// <summary>There is no such mediated device.</summary>
    MdevDeviceNotFound,
    /// <summary>A mediated device has that UUID already, or is defined with it.</summary>
    MdevDeviceExists,
    /// <summary>No more devices of the type can be made.</summary>
    MdevInstancesExhausted,
    /// <summary>The kernel did not make, change or remove the mediated device; the message says what it answered.</summary>
    MdevFailed,
    /// <summary>The host has no IOMMU group of that number.</summary>
    IommuGroupNotFound,
}
