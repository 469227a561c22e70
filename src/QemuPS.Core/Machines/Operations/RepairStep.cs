namespace QemuPS.Machines;

/// <summary>Something that is wrong with a machine, and how it is mended.</summary>
/// <param name="Action">What mends it.</param>
/// <param name="Target">The file or the process it is about.</param>
/// <param name="Detail">What was found.</param>
/// <param name="Mend">Mends it, and says whether that was done: things may be otherwise by then. Null where it can only be told of.</param>
public sealed record RepairStep(VmRepair Action, string Target, string Detail, Func<CancellationToken, Task<bool>>? Mend);

/// <summary>How far a repair may go.</summary>
/// <param name="Force">A QEMU that does not answer may be ended.</param>
/// <param name="SerialLogLimitBytes">The space that the log of a serial port may take; null for 64 MiB.</param>
public sealed record RepairRequest(bool Force = false, ulong? SerialLogLimitBytes = null);
