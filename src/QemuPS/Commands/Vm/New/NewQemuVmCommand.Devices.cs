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
        QemuArgument = QemuArgument ?? definition.QemuArgument,
    };
}
