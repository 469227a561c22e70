namespace QemuPS;

/// <summary>Something that happened to a machine, as its QEMU told (https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html).</summary>
/// <param name="VmName">The machine.</param>
/// <param name="Event">QEMU's name of the event: <c>SHUTDOWN</c>, <c>RESET</c>, <c>DEVICE_DELETED</c>, ...</param>
/// <param name="Data">What the event carries; empty where it carries nothing.</param>
/// <param name="Timestamp">When QEMU says it happened.</param>
public sealed record QemuEvent(string VmName, string Event, IReadOnlyDictionary<string, object?> Data, DateTimeOffset Timestamp);
