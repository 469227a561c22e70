namespace QemuPS;

/// <summary>How a command in a guest ended.</summary>
public sealed record QemuGuestCommandResult
{
    /// <summary>The machine.</summary>
    public required string VmName { get; init; }

    /// <summary>The program.</summary>
    public required string FilePath { get; init; }

    /// <summary>The guest's number of the process.</summary>
    public required long ProcessId { get; init; }

    /// <summary>The program's exit code; null where a signal ended it, or where it has not ended.</summary>
    public int? ExitCode { get; init; }

    /// <summary>The signal, or in Windows the exception, that ended it; null where none did.</summary>
    public int? Signal { get; init; }

    /// <summary>What it wrote to its standard output.</summary>
    public string StandardOutput { get; init; } = "";

    /// <summary>What it wrote to its standard error.</summary>
    public string StandardError { get; init; } = "";

    /// <summary>It wrote more than the agent keeps, and the rest is lost.</summary>
    public bool IsTruncated { get; init; }

    /// <summary>It had not ended when the time was over. It goes on, and what it wrote is not known.</summary>
    public bool TimedOut { get; init; }
}
