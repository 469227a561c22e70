namespace QemuPS;

/// <summary>How a guest is asked to shut down.</summary>
public enum VmStopMethod
{
    /// <summary>By its agent where one listens, then by the power button.</summary>
    Auto,
    /// <summary>By its agent alone.</summary>
    Agent,
    /// <summary>By its power button alone.</summary>
    Acpi,
}
