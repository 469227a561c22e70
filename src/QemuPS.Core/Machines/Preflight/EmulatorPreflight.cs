using QemuPS.Host;
using QemuPS.Processes;

namespace QemuPS.Machines;

/// <summary>The emulator is there and knows what the definition names.</summary>
internal static class EmulatorPreflight
{
    private const string Category = "Qemu";

    public static IEnumerable<PreflightFinding> Examine(PreflightSubject subject)
    {
        if (subject.Emulator is not { } emulator)
        {
            yield return Missing();
            yield break;
        }

        yield return MachineType(subject.Definition, emulator);
        yield return CpuModel(subject.Definition, emulator);
        yield return Devices(subject, emulator);
    }

    private static PreflightFinding Missing()
    {
        try
        {
            return PreflightFinding.Pass(Category, "Emulator", Tool.Find(MachineStart.Program).Path);
        }
        catch (QemuException error)
        {
            return PreflightFinding.Fail(Category, "Emulator", error);
        }
    }

    private static PreflightFinding MachineType(VmDefinition definition, QemuCapabilities emulator)
    {
        const string name = "Machine type";
        var type = definition.MachineType.Split(',')[0];
        return emulator.FindMachineType(type) switch
        {
            null => PreflightFinding.Fail(Category, name, ErrorId.NotSupported, $"QEMU {emulator.Version} has no machine type '{type}'.", "Take one that it has; a newer QEMU removes the oldest.", "(Get-QemuHost).MachineTypes"),
            { IsDeprecated: true } => PreflightFinding.Warning(Category, name, $"'{type}' will be removed from QEMU.", "Take a newer one before that.", "(Get-QemuHost).MachineTypes"),
            var known when known.MaximumProcessorCount < definition.ProcessorCount => PreflightFinding.Fail(
                Category, name, ErrorId.NotSupported, $"'{type}' has at most {known.MaximumProcessorCount} processors, and the machine wants {definition.ProcessorCount}.", "Give it fewer, or take the machine type q35."),
            _ => PreflightFinding.Pass(Category, name, $"QEMU {emulator.Version} has '{type}'."),
        };
    }

    private static PreflightFinding CpuModel(VmDefinition definition, QemuCapabilities emulator)
    {
        const string name = "CPU model";
        if (definition.CpuModel is not { } text) return PreflightFinding.Pass(Category, name, "The machine type's own.");
        var model = text.Split(',')[0];
        if (!emulator.HasCpuModel(model)) return PreflightFinding.Fail(Category, name, ErrorId.NotSupported, $"QEMU {emulator.Version} has no CPU model '{model}'.", "Take one that it has.", "(Get-QemuHost).CpuModels");
        if (model != "host" || RunsWithKvm(definition)) return PreflightFinding.Pass(Category, name, $"QEMU {emulator.Version} has '{model}'.");
        return PreflightFinding.Fail(Category, name, ErrorId.KvmUnavailable, "The CPU model 'host' needs KVM, and the machine would run without it.", "Take 'max': with TCG it has all that TCG can do.");
    }

    private static bool RunsWithKvm(VmDefinition definition) => definition.Accelerator switch
    {
        VmAccelerator.Tcg => false,
        VmAccelerator.Kvm => true,
        _ => KvmProbe.Examine().Works,
    };

    private static PreflightFinding Devices(PreflightSubject subject, QemuCapabilities emulator)
    {
        const string name = "Devices";
        switch (subject.ArgumentsFault)
        {
            // The devices of the host have checks of their own.
            case { Id: ErrorId.UsbDeviceNotFound or ErrorId.UsbDeviceAmbiguous }:
                return PreflightFinding.Skipped(Category, name, "What QEMU would be given depends on a device that is not there.");
            case { } fault:
                return PreflightFinding.Fail(Category, name, fault);
            default:
                break;
        }

        var wanted = subject.Arguments.Named("device").Select(option => option.Kind).Append(AdapterOf(subject.Definition.Vga)).OfType<string>().Distinct().ToList();
        var unknown = wanted.Where(device => device is not "help" && !emulator.HasDevice(device)).ToList();
        return unknown.Count == 0
            ? PreflightFinding.Pass(Category, name, $"QEMU {emulator.Version} has all {wanted.Count} kinds.")
            : PreflightFinding.Fail(Category, name, ErrorId.NotSupported, $"QEMU {emulator.Version} has no device '{unknown[0]}'.", "Take one that it has, or install the package that adds it (qemu-system-modules-*, qemu-system-gui).", "(Get-QemuHost).Devices");
    }

    // What -vga makes (vl.c of QEMU, vga_interfaces).
    private static string? AdapterOf(VmVga vga) => vga switch
    {
        VmVga.Std => "VGA",
        VmVga.Qxl => "qxl-vga",
        VmVga.Virtio => "virtio-vga",
        VmVga.Cirrus => "cirrus-vga",
        VmVga.Vmware => "vmware-svga",
        _ => null,
    };
}
