namespace QemuPS;

/// <summary>What a machine is doing, in the words of Hyper-V's module; QEMU's own word is in <c>Status</c>.</summary>
public enum VmState
{
    /// <summary>No process, or one whose guest has shut down.</summary>
    Off,
    /// <summary>QEMU runs, the guest has not begun (QEMU: prelaunch, inmigrate, restore-vm), or another process is starting it.</summary>
    Starting,
    /// <summary>The guest runs.</summary>
    Running,
    /// <summary>The guest is stopped and can go on (QEMU: paused, debug).</summary>
    Paused,
    /// <summary>The guest sleeps (ACPI S3).</summary>
    Suspended,
    /// <summary>The state is being written (QEMU: save-vm, finish-migrate, postmigrate).</summary>
    Saving,
    /// <summary>No process; the guest's memory is in a file, and the next start goes on from there.</summary>
    Saved,
    /// <summary>The guest is stopped because a disk of the host is full or fails (QEMU: io-error).</summary>
    RunningCritical,
    /// <summary>The guest cannot go on (QEMU: internal-error, guest-panicked, watchdog, colo).</summary>
    Critical,
    /// <summary>QEMU lives and does not answer.</summary>
    Unresponsive,
    /// <summary>A QEMU runs that no machine of the store belongs to.</summary>
    Orphaned,
}

/// <summary>QEMU's run states (qapi/run-state.json, RunState) as ours.</summary>
public static class VmStates
{
    /// <summary>QEMU's word for a guest that a disk of the host stopped.</summary>
    public const string IoError = "io-error";

    /// <summary>The state for QEMU's word.</summary>
    public static VmState FromRunState(string runState) => runState switch
    {
        "running" => VmState.Running,
        "prelaunch" or "inmigrate" or "restore-vm" => VmState.Starting,
        "paused" or "debug" => VmState.Paused,
        "suspended" => VmState.Suspended,
        "save-vm" or "finish-migrate" or "postmigrate" => VmState.Saving,
        "shutdown" => VmState.Off,
        IoError => VmState.RunningCritical,
        _ => VmState.Critical,
    };
}
