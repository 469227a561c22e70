namespace QemuPS.Machines;

/// <summary>The processor, with what a Windows guest wants of it.</summary>
internal static class CpuArgument
{
    // docs/system/i386/hyperv of QEMU: those that every Windows since 7 uses and every kernel since 4.20 has. They are KVM's alone.
    private const string HyperV =
        "hv-relaxed=on,hv-vapic=on,hv-spinlocks=0x1fff,hv-vpindex=on,hv-runtime=on,hv-time=on,hv-synic=on,hv-stimer=on,hv-frequencies=on";

    /// <summary>The value of <c>-cpu</c>; null for the machine type's own.</summary>
    public static string? For(VmDefinition definition, VmAccelerator accelerator) => definition.HyperV && accelerator == VmAccelerator.Kvm
        ? $"{definition.CpuModel ?? "max"},{HyperV}"
        : definition.CpuModel;
}
