using System.Management.Automation;
using QemuPS.Binding;
using QemuPS.Machines;

namespace QemuPS.Commands.Vm;

// The board: machine type, processors, memory.
public sealed partial class NewQemuVmCommand
{
    /// <summary>The guest's memory, in bytes or as text with a unit; 2 GiB without it.</summary>
    [Parameter]
    [SizeTransformation]
    [Alias("Memory")]
    public ulong? MemoryStartupBytes { get; set; }

    /// <summary>Virtual processors; one without it.</summary>
    [Parameter]
    [ValidateRange(1, 255)]
    public int? ProcessorCount { get; set; }

    /// <summary>QEMU's machine type; <c>pc</c> without it.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(MachineTypeCompleter))]
    [ValidateNotNullOrEmpty]
    public string? MachineType { get; set; }

    /// <summary>QEMU's CPU model with its features; the machine type's own without it.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(CpuModelCompleter))]
    [ValidateNotNullOrEmpty]
    public string? CpuModel { get; set; }

    /// <summary>What executes the guest's code; Auto without it: KVM where it really runs, else TCG.</summary>
    [Parameter]
    public VmAccelerator? Accelerator { get; set; }

    private VmDefinition WithProcessor(VmDefinition definition) => definition with
    {
        MemoryStartupBytes = MemoryStartupBytes ?? definition.MemoryStartupBytes,
        ProcessorCount = ProcessorCount ?? definition.ProcessorCount,
        MachineType = MachineType ?? definition.MachineType,
        CpuModel = CpuModel ?? definition.CpuModel,
        Accelerator = Accelerator ?? definition.Accelerator,
    };
}
