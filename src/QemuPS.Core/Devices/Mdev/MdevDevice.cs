namespace QemuPS;

/// <summary>A part of a device that works as a device of its own: a mediated device, or a virtual function with a vendor's type.</summary>
public sealed record MdevDevice
{
    /// <summary>Its UUID; null for a virtual function.</summary>
    public Guid? Uuid { get; init; }

    /// <summary>The address of the virtual function; null for a mediated device.</summary>
    public string? Address { get; init; }

    /// <summary>The device it is a part of.</summary>
    public required string Parent { get; init; }

    /// <summary>The id of its type.</summary>
    public required string Type { get; init; }

    /// <summary>The type's name for people; the id where its parent is not there.</summary>
    public string? TypeName { get; init; }

    /// <summary>It exists now.</summary>
    public required bool IsActive { get; init; }

    /// <summary>mdevctl's files have it: it can be made again as it was (<c>/etc/mdevctl.d</c>).</summary>
    public required bool IsDefined { get; init; }

    /// <summary>It is made whenever its parent appears, by mdevctl.</summary>
    public bool AutoStart { get; init; }

    /// <summary>The number of its IOMMU group; null without one.</summary>
    public int? IommuGroup { get; init; }

    /// <summary>The machine that has it in its definition; null where none has.</summary>
    public string? AssignedVm { get; init; }

    /// <summary>How its driver offers it.</summary>
    public MdevFramework Framework { get; init; }

    /// <summary>Its folder in sysfs, without links; null where it does not exist now.</summary>
    public string? SysfsPath { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{Uuid?.ToString() ?? Address} ({Type} of {Parent})";
}
