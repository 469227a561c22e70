using System.Management.Automation;

namespace QemuPS.Binding;

/// <summary>Core's errors as PowerShell's.</summary>
internal static class ErrorRecords
{
    /// <summary>The error with its id, category, target and recommended action.</summary>
    public static ErrorRecord ToErrorRecord(this QemuException error, object? target)
    {
        var record = new ErrorRecord(error, error.Id.ToString(), CategoryOf(error.Id), target);
        if (error.RecommendedAction is { } action) record.ErrorDetails = new ErrorDetails(error.Message) { RecommendedAction = action };
        return record;
    }

    /// <summary>The error is about the item that was worked on, not about the program: the others are gone on with.</summary>
    public static bool IsOfItem(Exception error) => error is QemuException or IOException or UnauthorizedAccessException;

    /// <summary>An error about an item as PowerShell's.</summary>
    public static ErrorRecord ToItemError(this Exception error, object? item) =>
        (error as QemuException ?? QemuException.FromIO($"'{item}'", error)).ToErrorRecord(item);

    private static ErrorCategory CategoryOf(ErrorId id) => id switch
    {
        ErrorId.AccessDenied or ErrorId.UsbAccessDenied or ErrorId.VfioAccessDenied or ErrorId.VmProtected => ErrorCategory.PermissionDenied,
        ErrorId.FileSystemError => ErrorCategory.WriteError,
        ErrorId.DirectoryNotFound or ErrorId.SharedFolderNotFound or ErrorId.FileNotFound or ErrorId.DiskNotFound or ErrorId.VmNotFound or ErrorId.SnapshotNotFound or ErrorId.MediumNotFound or ErrorId.VmDeviceNotFound or ErrorId.UsbDeviceNotFound or ErrorId.IommuGroupNotFound or ErrorId.PciDeviceNotFound or ErrorId.PciDriverNotFound or ErrorId.MdevTypeNotFound or ErrorId.MdevDeviceNotFound or ErrorId.UdevRuleNotFound => ErrorCategory.ObjectNotFound,
        ErrorId.ToolNotFound => ErrorCategory.NotInstalled,
        ErrorId.ToolFailed or ErrorId.VmStartFailed or ErrorId.QmpCommandFailed or ErrorId.GuestAgentCommandFailed or ErrorId.VmSaveFailed => ErrorCategory.FromStdErr,
        ErrorId.ToolTimeout or ErrorId.QmpTimeout or ErrorId.VmShutdownTimeout or ErrorId.PciDriverTimeout or ErrorId.VmWaitTimeout or ErrorId.GuestAgentTimeout => ErrorCategory.OperationTimeout,
        ErrorId.FileExists or ErrorId.VmDeviceExists or ErrorId.MacAddressInUse or ErrorId.SharedFolderExists or ErrorId.DiskExists or ErrorId.SnapshotExists or ErrorId.VmExists or ErrorId.VmAlreadyRunning or ErrorId.UsbDeviceAlreadyAdded or ErrorId.MdevDeviceExists or ErrorId.PciDeviceAlreadyAdded => ErrorCategory.ResourceExists,
        ErrorId.DiskLocked or ErrorId.DiskInUse or ErrorId.DiskHasOverlays or ErrorId.SnapshotInUse or ErrorId.VmBusy or ErrorId.QmpBusy or ErrorId.VmRunning or ErrorId.MediumLocked or ErrorId.UsbDeviceInUse or ErrorId.PortInUse or ErrorId.PciDeviceInUse or ErrorId.PciDeviceNotBound or ErrorId.IommuGroupNotViable => ErrorCategory.ResourceBusy,
        ErrorId.InvalidDefinition or ErrorId.DiskInvalid or ErrorId.SavedStateInvalid or ErrorId.GuestFileMismatch => ErrorCategory.InvalidData,
        ErrorId.VmNotRunning or ErrorId.VmIsTemplate or ErrorId.LiveChangeFailed or ErrorId.RecordedHost or ErrorId.UdevRuleNotManaged or ErrorId.UdevRuleWithoutEffect => ErrorCategory.InvalidOperation,
        ErrorId.InvalidPassphrase => ErrorCategory.AuthenticationError,
        ErrorId.InvalidCommandLine or ErrorId.UnsupportedShellSyntax => ErrorCategory.ParserError,
        ErrorId.UnknownVariable => ErrorCategory.ObjectNotFound,
        ErrorId.NotSupported or ErrorId.GuestAgentCommandDisabled => ErrorCategory.NotImplemented,
        ErrorId.KvmUnavailable or ErrorId.InsufficientSpace or ErrorId.InsufficientMemory or ErrorId.NetworkUnavailable or ErrorId.MdevInstancesExhausted or ErrorId.MemoryLockLimit or ErrorId.FirmwareNotFound => ErrorCategory.ResourceUnavailable,
        ErrorId.UsbResetFailed or ErrorId.PciDriverFailed or ErrorId.MdevFailed or ErrorId.PciDeviceDead => ErrorCategory.DeviceError,
        ErrorId.QmpConnectionFailed or ErrorId.QmpOutcomeUnknown or ErrorId.GuestAgentNotConnected => ErrorCategory.ConnectionError,
        _ => ErrorCategory.InvalidArgument,
    };
}
