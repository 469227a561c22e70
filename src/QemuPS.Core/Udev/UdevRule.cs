namespace QemuPS;

/// <summary>One line of a udev rules file (udev(7)).</summary>
public sealed record UdevRule
{
    /// <summary>The file, as a path of the host; null for a rule that was not written anywhere.</summary>
    public string? Path { get; init; }

    /// <summary>The line it begins in, from 1.</summary>
    public required int LineNumber { get; init; }

    /// <summary>The rule, its continued lines put together, cleaned of what could steer a terminal.</summary>
    public required string Text { get; init; }

    /// <summary>What a device has to have for the rule to count.</summary>
    public IReadOnlyList<UdevRuleKey> Matches { get; init; } = [];

    /// <summary>What the rule does with such a device.</summary>
    public IReadOnlyList<UdevRuleKey> Assignments { get; init; } = [];

    /// <summary>The file was written by <c>New-UdevRule</c>, and <c>Remove-UdevRule</c> may take it away.</summary>
    public bool IsManaged { get; init; }

    /// <summary>What udev sorts the files of all its folders by: the file's name without the folder.</summary>
    public string? Order => Path is null ? null : System.IO.Path.GetFileName(Path);

    /// <summary>
    /// For a rule that was looked up for a device: whether it counts for it. False where its keys fit two different
    /// parents, which never counts; null where a program would have to be run to tell, or no device was given.
    /// </summary>
    public bool? IsMatch { get; init; }

    /// <summary>Why the rule cannot work, or does less than it seems to; none for a sound rule.</summary>
    public IReadOnlyList<string> Warning { get; init; } = [];

    /// <inheritdoc/>
    public override string ToString() => Text;
}

/// <summary>A key of a rule: <c>ATTR{idVendor}=="1050"</c>.</summary>
/// <param name="Key">Its name: <c>ATTR</c>.</param>
/// <param name="Attribute">What stands in braces; null where nothing does.</param>
/// <param name="Operator">One of <c>== != = += -= :=</c>.</param>
/// <param name="Value">The value without quotes; the pattern of a match.</param>
public sealed record UdevRuleKey(string Key, string? Attribute, string Operator, string Value)
{
    /// <summary>It asks about a device and does nothing.</summary>
    public bool IsMatch => Operator is "==" or "!=";

    /// <inheritdoc/>
    public override string ToString() => $"{(Attribute is null ? Key : $"{Key}{{{Attribute}}}")}{Operator}\"{Value.Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
}
