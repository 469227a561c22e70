namespace QemuPS;

/// <summary>A kind of thing that is wrong with a machine, by what mends it.</summary>
public enum VmRepair
{
    /// <summary>Removes a pid file or a socket that an ended QEMU left behind.</summary>
    RemoveStaleFile,
    /// <summary>Removes what a write of the definition left behind that was interrupted.</summary>
    RemovePartialFile,
    /// <summary>Lets a QEMU go on that a signal has stopped.</summary>
    ContinueProcess,
    /// <summary>Ends a QEMU that does not answer.</summary>
    EndHungProcess,
    /// <summary>Ends a helper (swtpm, virtiofsd, passt) whose QEMU is gone.</summary>
    EndOrphanedHelper,
    /// <summary>Enters the place of an image that was moved into the machine's definition.</summary>
    RelinkDisk,
    /// <summary>Gives back the space that the older part of a serial port's log takes.</summary>
    TrimSerialLog,
    /// <summary>Another process works on the machine and holds its lock; nothing can be done here.</summary>
    ReportHeldLock,
}

/// <summary>Something that was wrong with a machine, and whether it is mended.</summary>
/// <param name="VmName">The machine.</param>
/// <param name="Action">What mends it.</param>
/// <param name="Target">The file or the process it is about.</param>
/// <param name="Done">It was mended now; false with <c>-WhatIf</c>, and where <paramref name="Detail"/> says why not.</param>
/// <param name="Detail">What was found.</param>
public sealed record QemuRepairAction(string VmName, VmRepair Action, string Target, bool Done, string Detail);
