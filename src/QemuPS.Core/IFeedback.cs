namespace QemuPS;

/// <summary>What Core says while it works. A cmdlet passes it on to PowerShell's streams.</summary>
public interface IFeedback
{
    /// <summary>A step that a curious user wants to see.</summary>
    void Verbose(string message);

    /// <summary>Something the user must know although the work goes on.</summary>
    void Warning(string message);

    /// <summary>How far a long work is.</summary>
    void Progress(WorkProgress progress);
}

/// <summary>How far a long work is.</summary>
/// <param name="Activity">The work: "Converting web.vmdk".</param>
/// <param name="Status">What it does now.</param>
/// <param name="Percent">0 to 100, or less than 0 where it cannot be told.</param>
/// <param name="Remaining">How long it will still take if it goes on as it did; null where it cannot be told.</param>
public sealed record WorkProgress(string Activity, string Status, double Percent, TimeSpan? Remaining = null);

/// <summary>An <see cref="IFeedback"/> for callers who do not listen.</summary>
public sealed class NoFeedback : IFeedback
{
    private NoFeedback()
    {
    }

    /// <summary>The one instance.</summary>
    public static NoFeedback Instance { get; } = new();

    /// <inheritdoc/>
    public void Verbose(string message)
    {
    }

    /// <inheritdoc/>
    public void Warning(string message)
    {
    }

    /// <inheritdoc/>
    public void Progress(WorkProgress progress)
    {
    }
}
