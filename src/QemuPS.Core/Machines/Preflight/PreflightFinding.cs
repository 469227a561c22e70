namespace QemuPS.Machines;

/// <summary>A check before a start, and which error it is when it fails.</summary>
internal sealed record PreflightFinding(QemuCheck Check, ErrorId Error)
{
    public bool IsFailure => Check.Result == CheckResult.Fail;

    public static PreflightFinding Pass(string category, string name, string detail) => new(new QemuCheck(category, name, CheckResult.Pass, detail), default);

    public static PreflightFinding Skipped(string category, string name, string detail) => new(new QemuCheck(category, name, CheckResult.Skipped, detail), default);

    public static PreflightFinding Warning(string category, string name, string detail, string hint, string? fix = null) =>
        new(new QemuCheck(category, name, CheckResult.Warning, detail, hint, fix), default);

    public static PreflightFinding Fail(string category, string name, ErrorId error, string detail, string? hint, string? fix = null) =>
        new(new QemuCheck(category, name, CheckResult.Fail, detail, hint, fix), error);

    /// <summary>What other code refuses with its own error. What it recommends is a sentence where it ends like one, else a command.</summary>
    public static PreflightFinding Fail(string category, string name, QemuException error)
    {
        var isSentence = error.RecommendedAction?.EndsWith('.') == true;
        return Fail(category, name, error.Id, error.Message, isSentence ? error.RecommendedAction : null, isSentence ? null : error.RecommendedAction);
    }

    /// <summary>The error that a start ends with: the check's words, and what helps.</summary>
    public QemuException ToException() => new(Error, Check.Detail, Check.FixCommand ?? Check.Hint);
}
