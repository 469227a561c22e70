using System.Management.Automation;
using QemuPS.Machines;

namespace QemuPS.Commands.Vm;

// Display, sound, USB, slots, and what no parameter stands for.
public sealed partial class NewQemuVmCommand
{
    /// <summary>The display adapter; Std without it.</summary>
    [Parameter]
    public VmVga? Vga { get; set; }

    /// <summary>The sound card; none without it.</summary>
    [Parameter]
    public VmSound? Sound { get; set; }

    /// <summary>The USB controller; none without it.</summary>
    [Parameter]
    public VmUsbController? UsbController { get; set; }

    /// <summary>Free PCIe slots for devices added while a q35 machine runs; four without it.</summary>
    [Parameter]
    [ValidateRange(0, 32)]
    public int? HotplugPortCount { get; set; }

    /// <summary>A channel for the agent in the guest, or none with -GuestAgent:$false; without it a q35 machine has one and a pc has not.</summary>
    [Parameter]
    public SwitchParameter GuestAgent { get; set; }

    /// <summary>QEMU's sandbox, or none with -Sandbox:$false; without it where QEMU was built with one.</summary>
    [Parameter]
    public SwitchParameter Sandbox { get; set; }

    /// <summary>Arguments for QEMU that no parameter stands for, given last and as they are.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[]? QemuArgument { get; set; }

    private VmDefinition WithDevices(VmDefinition definition) => definition with
    {
        Vga = Vga ?? definition.Vga,
        Sound = Sound ?? definition.Sound,
        UsbController = UsbController ?? definition.UsbController,
        HotplugPortCount = HotplugPortCount ?? definition.HotplugPortCount,
        GuestAgent = MyInvocation.BoundParameters.ContainsKey(nameof(GuestAgent)) ? GuestAgent.IsPresent : definition.GuestAgent,
        Sandbox = MyInvocation.BoundParameters.ContainsKey(nameof(Sandbox)) ? Sandbox.IsPresent : definition.Sandbox,
        QemuArgument = QemuArgument ?? definition.QemuArgument,
    };
}
