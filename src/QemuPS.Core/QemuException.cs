namespace QemuPS;

/// <summary>
/// The one exception QemuPS throws for what can go wrong outside of its own code: a user's mistake, the
/// state of the host, a tool's refusal. The message is written for a person.
/// </summary>
public sealed class QemuException : Exception
{
    /// <summary>Makes an error.</summary>
    /// <param name="id">Which error it is.</param>
    /// <param name="message">What happened, in a sentence a person can act on.</param>
    /// <param name="recommendedAction">A command or a sentence that helps; a command can be pasted as it is.</param>
    /// <param name="inner">The exception that caused it.</param>
    public QemuException(ErrorId id, string message, string? recommendedAction = null, Exception? inner = null)
        : base(message, inner)
    {
        Id = id;
        RecommendedAction = recommendedAction;
    }

    /// <summary>Which error it is.</summary>
    public ErrorId Id { get; }

    /// <summary>What helps: a command to paste, or a sentence.</summary>
    public string? RecommendedAction { get; }

    /// <summary>An I/O exception of the runtime as one of ours: access apart from everything else.</summary>
    /// <param name="what">What was tried, as the beginning of a sentence: "Cannot save the definition of 'dev'".</param>
    /// <param name="error">The runtime's exception.</param>
    public static QemuException FromIO(string what, Exception error) =>
        new(error is UnauthorizedAccessException ? ErrorId.AccessDenied : ErrorId.FileSystemError, $"{what}: {error.Message}", inner: error);
}
