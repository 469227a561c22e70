namespace QemuPS;

/// <summary>For what the host uses a PCI device.</summary>
public enum PciHostUseKind
{
    /// <summary>File systems that are mounted, or swap space, on its disks.</summary>
    Disk,
    /// <summary>The way to the rest of the network.</summary>
    DefaultRoute,
    /// <summary>The display the host started with.</summary>
    BootDisplay,
    /// <summary>The kernel's console.</summary>
    Console,
    /// <summary>Programs that have its display or its processor open (DRM, NVIDIA).</summary>
    DisplayClient,
    /// <summary>The host's only keyboard is plugged into it.</summary>
    Keyboard,
    /// <summary>A program has it through VFIO: a machine that runs.</summary>
    VfioClient,
}

/// <summary>A use the host makes of a PCI device.</summary>
/// <param name="Kind">What for.</param>
/// <param name="Detail">Which: the mount points, the network interface, the programs.</param>
public sealed record PciHostUse(PciHostUseKind Kind, string Detail)
{
    /// <inheritdoc/>
    public override string ToString() => Kind switch
    {
        PciHostUseKind.Disk => $"a disk in use: {Detail}",
        PciHostUseKind.DefaultRoute => $"the default route: {Detail}",
        PciHostUseKind.BootDisplay => "the boot display",
        PciHostUseKind.Console => $"the console: {Detail}",
        PciHostUseKind.DisplayClient => $"open in {Detail}",
        PciHostUseKind.Keyboard => "the only keyboard",
        _ => $"given through VFIO to {Detail}",
    };
}
