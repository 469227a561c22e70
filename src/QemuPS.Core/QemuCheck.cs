namespace QemuPS;

/// <summary>How a check ended.</summary>
public enum CheckResult
{
    /// <summary>As it should be.</summary>
    Pass,
    /// <summary>It works, but something is worth knowing.</summary>
    Warning,
    /// <summary>It does not work.</summary>
    Fail,
    /// <summary>It could not be looked at, or does not apply to this host.</summary>
    Skipped,
}

/// <summary>One finding of a <c>Test-*</c> cmdlet with <c>-Detailed</c>.</summary>
/// <param name="Category">The area: <c>Iommu</c>, <c>Kvm</c>, <c>Qemu</c>, ...</param>
/// <param name="Name">What was looked at, in a few words.</param>
/// <param name="Result">How it ended.</param>
/// <param name="Detail">What was found.</param>
/// <param name="Hint">What to do about it, as a sentence; empty where nothing has to be done.</param>
/// <param name="FixCommand">A command to paste that does it, where there is one.</param>
public sealed record QemuCheck(
    string Category,
    string Name,
    CheckResult Result,
    string Detail,
    string? Hint = null,
    string? FixCommand = null);
