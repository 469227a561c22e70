using System.Management.Automation;
using QemuPS.Machines;

namespace QemuPS.Commands.Vm;

// What the machine starts from.
public sealed partial class NewQemuVmCommand
{
    /// <summary>What the firmware tries, in this order; the CD first where there is a disc without it.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public VmBootDevice[]? BootOrder { get; set; }

    /// <summary>A Linux kernel to start without a boot loader.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? KernelPath { get; set; }

    /// <summary>The initial RAM disk for the kernel.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? InitrdPath { get; set; }

    /// <summary>The kernel's command line.</summary>
    [Parameter]
    public string? KernelCommandLine { get; set; }

    private VmDefinition WithBoot(VmDefinition definition) => definition with
    {
        BootOrder = BootOrder ?? definition.BootOrder,
        KernelPath = KernelPath is null ? definition.KernelPath : ExistingFile(KernelPath),
        InitrdPath = InitrdPath is null ? definition.InitrdPath : ExistingFile(InitrdPath),
        KernelCommandLine = KernelCommandLine ?? definition.KernelCommandLine,
    };
}
