using QemuPS.Devices;
using QemuPS.Devices.Usb;
using QemuPS.Host;
using QemuPS.Processes;

namespace QemuPS.Machines;

/// <summary>What the checks before a start look at. What more than one of them needs is read once, and only when it is needed.</summary>
internal sealed class PreflightSubject(Machine machine, VmDefinition definition, SysfsRoot host, QemuCapabilities? emulator)
{
    private readonly Lazy<IReadOnlyList<UsbDevice>> _plugged = new(() => definition.UsbDevices.Count == 0 ? [] : UsbDevices.Read(host));
    private (ArgumentList List, QemuException? Fault)? _arguments;

    public Machine Machine { get; } = machine;

    public VmDefinition Definition { get; } = definition;

    public SysfsRoot Host { get; } = host;

    /// <summary>What the emulator can do; null where it is not installed.</summary>
    public QemuCapabilities? Emulator { get; } = emulator;

    public IReadOnlyList<UsbDevice> PluggedDevices => _plugged.Value;

    /// <summary>What QEMU would be given, whatever in the definition it comes from; nothing where that cannot be told.</summary>
    public ArgumentList Arguments => (_arguments ??= Build()).List;

    /// <summary>Why it cannot be told what QEMU would be given.</summary>
    public QemuException? ArgumentsFault => (_arguments ??= Build()).Fault;

    public static async Task<PreflightSubject> ReadAsync(Machine machine, VmDefinition definition, IFeedback feedback, CancellationToken cancellation)
    {
        var emulator = Tool.TryFind(MachineStart.Program) is { } tool ? await CapabilityCache.GetAsync(tool, feedback, cancellation).ConfigureAwait(false) : null;
        return new PreflightSubject(machine, definition, SysfsRoot.FromEnvironment(), emulator);
    }

    private (ArgumentList List, QemuException? Fault) Build()
    {
        try
        {
            return (new ArgumentList(CommandLineBuilder.Build(Definition, Machine.Folder, VmAccelerator.Tcg, PluggedDevices)), null);
        }
        catch (QemuException error)
        {
            return (new ArgumentList([]), error);
        }
    }
}
