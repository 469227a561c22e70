namespace QemuPS;

/// <summary>What <c>Test-QemuHost</c> looks at.</summary>
public enum HostCheckCategory
{
    /// <summary>Whether KVM runs guests.</summary>
    Kvm,
    /// <summary>QEMU itself, and the folders of QemuPS.</summary>
    Qemu,
    /// <summary>UEFI, Secure Boot and the TPM.</summary>
    Firmware,
    /// <summary>Giving USB devices to machines.</summary>
    Usb,
    /// <summary>The IOMMU.</summary>
    Iommu,
    /// <summary>Giving PCI devices to machines.</summary>
    Vfio,
    /// <summary>Networks of machines.</summary>
    Network,
    /// <summary>What guests can have: shared folders, encrypted memory.</summary>
    Guest,
    /// <summary>What makes machines fast and keeps them in bounds.</summary>
    Performance,
}
