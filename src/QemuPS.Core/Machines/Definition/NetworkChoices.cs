namespace QemuPS;

/// <summary>Whether an adapter's cable is plugged in.</summary>
public enum VmLinkState
{
    /// <summary>It is.</summary>
    Up,
    /// <summary>It is not: the guest sees no carrier.</summary>
    Down,
}
