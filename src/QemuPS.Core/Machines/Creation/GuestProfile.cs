namespace QemuPS.Machines;

/// <summary>What a guest needs of its machine to install and run well, where the user has not said otherwise.</summary>
/// <param name="MachineType">QEMU's machine type.</param>
/// <param name="CpuModel">The processor; null for the machine type's own.</param>
/// <param name="DiskBus">A bus that the guest's installer has a driver for.</param>
/// <param name="NetworkModel">An adapter that the guest has a driver for.</param>
/// <param name="Uefi">UEFI instead of BIOS.</param>
/// <param name="SecureBoot">With Secure Boot.</param>
/// <param name="Tpm">With a TPM.</param>
/// <param name="LocalTime">The clock shows local time, as Windows expects.</param>
/// <param name="HyperV">Hyper-V's interfaces for guests, where KVM runs the machine: Windows wastes less time with them.</param>
/// <param name="Tablet">A tablet instead of a mouse: the pointer is where the viewer's is.</param>
public sealed record GuestProfile(
    string MachineType,
    string? CpuModel,
    VmDiskBus DiskBus,
    string NetworkModel,
    bool Uefi = false,
    bool SecureBoot = false,
    bool Tpm = false,
    bool LocalTime = false,
    bool HyperV = false,
    bool Tablet = false)
{
    private static readonly GuestProfile Linux = new("q35", "max", VmDiskBus.VirtioBlk, "virtio-net-pci");

    // Windows has no virtio drivers on its disc: without a second one with drivers it would find no disk (-VirtioDriverIso).
    private static readonly GuestProfile Windows10 = new("q35", "max", VmDiskBus.Sata, "e1000e", LocalTime: true, HyperV: true, Tablet: true);

    private static readonly Dictionary<VmGuestOs, GuestProfile> All = new()
    {
        [VmGuestOs.Linux] = Linux,
        [VmGuestOs.Windows10] = Windows10,
        [VmGuestOs.Windows11] = Windows10 with { Uefi = true, SecureBoot = true, Tpm = true },
        [VmGuestOs.Bsd] = Linux,
        [VmGuestOs.Other] = new("pc", null, VmDiskBus.Ide, "e1000"),
    };

    /// <summary>The profile of a guest.</summary>
    public static GuestProfile For(VmGuestOs guest) => All[guest];

    /// <summary>What was chosen, and why, a line each.</summary>
    public IEnumerable<string> Explain()
    {
        yield return $"Machine type {MachineType}: {(MachineType == "q35" ? "PCI Express, and slots for devices that are added later" : "the oldest PC there is drivers for everywhere")}.";
        if (CpuModel is not null) yield return $"Processor {CpuModel}: everything that this host's has; the usual one lacks what newer systems ask for.";
        yield return $"Disks on {DiskBus}: {(DiskBus == VmDiskBus.VirtioBlk ? "the fastest, and the guest has the driver" : "the guest's installer has the driver")}.";
        yield return $"Network adapter {NetworkModel}: {(NetworkModel.StartsWith("virtio", StringComparison.Ordinal) ? "the fastest, and the guest has the driver" : "the guest has the driver")}.";
        if (Uefi) yield return $"UEFI{(SecureBoot ? " with Secure Boot" : "")}: the guest's installer asks for it.";
        if (Tpm) yield return "A TPM 2.0: the guest's installer asks for it.";
        if (LocalTime) yield return "The clock shows local time: the guest takes it for that.";
        if (HyperV) yield return "Hyper-V's interfaces, where KVM runs the machine: the guest spends less time waiting.";
        if (Tablet) yield return "A tablet: the pointer is where the viewer's is.";
    }
}
