using System.Text.Json;
using QemuPS.Machines;

namespace QemuPS;

/// <summary>A machine: its definition and what it was doing when it was looked at.</summary>
public sealed record QemuVm
{
    private IReadOnlyDictionary<string, object?>? _definition;

    /// <summary>The name, unique in the store.</summary>
    public required string Name { get; init; }

    /// <summary>The identity; the guest sees it as its SMBIOS UUID.</summary>
    public required Guid Id { get; init; }

    /// <summary>What it is doing.</summary>
    public required VmState State { get; init; }

    /// <summary>QEMU's own word for it, or why a machine is off that should not be.</summary>
    public string Status { get; init; } = "";

    /// <summary>How long QEMU has been running; zero when it is not.</summary>
    public TimeSpan Uptime { get; init; }

    /// <summary>
    /// How busy it is, in percent of its virtual processors, 0 to 100: since this session looked at it last, or since it
    /// was started where this is the first look. <c>Measure-QemuVm</c> tells it for spans of your choice.
    /// </summary>
    public int CPUUsage { get; init; }

    /// <summary>The guest's memory in bytes while the machine runs, with what was plugged in; else 0.</summary>
    public ulong MemoryAssigned { get; init; }

    /// <summary>The guest's memory in bytes by definition.</summary>
    public required ulong MemoryStartup { get; init; }

    /// <summary>Virtual processors.</summary>
    public required int ProcessorCount { get; init; }

    /// <summary>What runs the guest: the one in use while the machine runs, else the one asked for.</summary>
    public required VmAccelerator Accelerator { get; init; }

    /// <summary>Whether the guest agent answers; empty as long as nobody has asked it.</summary>
    public string Heartbeat { get; init; } = "";

    /// <summary>The guest's addresses as its agent tells them; empty as long as nobody has asked it.</summary>
    public IReadOnlyList<string> IPAddresses { get; init; } = [];

    /// <summary>QEMU's process id; null when the machine does not run.</summary>
    public int? ProcessId { get; init; }

    /// <summary>QEMU's version; null when the machine does not run.</summary>
    public Version? QemuVersion { get; init; }

    /// <summary>QEMU's machine type.</summary>
    public required string MachineType { get; init; }

    /// <summary>1 for a BIOS, 2 for UEFI, as Hyper-V counts them.</summary>
    public int Generation { get; init; } = 1;

    /// <summary>Disks and CD drives.</summary>
    public IReadOnlyList<VmDrive> Disks { get; init; } = [];

    /// <summary>Network adapters.</summary>
    public IReadOnlyList<VmNetworkAdapter> NetworkAdapters { get; init; } = [];

    /// <summary>Forwarded ports of all adapters; while the machine runs with the port the kernel picked where the definition says 0.</summary>
    public IReadOnlyList<VmPortForward> PortForwards { get; init; } = [];

    /// <summary>USB devices of the host given to the machine.</summary>
    public IReadOnlyList<VmUsbDevice> UsbPassthrough { get; init; } = [];

    /// <summary>The host's PCI devices, and mediated devices, that were given to it.</summary>
    public IReadOnlyList<VmPciDevice> PciPassthrough { get; init; } = [];

    /// <summary>Where its display can be seen while it runs: <c>vnc://127.0.0.1:5900</c>, <c>vnc+unix:///run/vnc.sock</c>, <c>spice://...</c>; null where it has none.</summary>
    public string? DisplayUri { get; init; }

    /// <summary>What ssh needs to reach the guest through a forwarded port: <c>ssh @($vm.SshArguments)</c>; empty where no port leads to its port 22.</summary>
    public IReadOnlyList<string> SshArguments { get; init; } = [];

    /// <summary>The socket of the monitor for commands; empty for an orphan without one.</summary>
    public required string QmpSocketPath { get; init; }

    /// <summary>QEMU's log; empty for an orphan without one.</summary>
    public required string LogPath { get; init; }

    /// <summary>The definition's file; empty for an orphan.</summary>
    public required string Path { get; init; }

    /// <summary>Anything its owner wants to remember.</summary>
    public string? Notes { get; init; }

    /// <summary>Words to find it by.</summary>
    public IReadOnlyList<string> Tag { get; init; } = [];

    /// <summary>What differs between the running machine and its definition, and becomes true with the next start; empty while it is off.</summary>
    public IReadOnlyList<string> PendingChanges { get; init; } = [];

    /// <summary>When it was defined.</summary>
    public required DateTimeOffset CreationTime { get; init; }

    /// <summary>What QEMU answered, by the QMP commands' names; empty when it was not asked.</summary>
    public IReadOnlyDictionary<string, object?> Raw { get; init; } = JsonValue.Empty;

    /// <summary>
    /// The definition's document as plain values, with the file's own names and everything in it: what <c>New-QemuVm -Definition</c>
    /// takes, from here, from JSON or from another session. Null where no store has the machine.
    /// </summary>
    public IReadOnlyDictionary<string, object?>? Definition => Source is null ? null : _definition ??= ToValues(Source);

    /// <summary>The definition.</summary>
    internal VmDefinition? Source { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Name;

    private static IReadOnlyDictionary<string, object?> ToValues(VmDefinition definition)
    {
        using var document = JsonDocument.Parse(DefinitionJson.Write(definition));
        return (IReadOnlyDictionary<string, object?>)JsonValue.ToObject(document.RootElement)!;
    }
}
