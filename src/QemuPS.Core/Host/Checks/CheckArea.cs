namespace QemuPS.Host;

/// <summary>Makes the checks of one category.</summary>
internal readonly record struct CheckArea(string Category)
{
    public QemuCheck Pass(string name, string detail) => new(Category, name, CheckResult.Pass, detail);

    public QemuCheck Warning(string name, string detail, string hint, string? fix = null) => new(Category, name, CheckResult.Warning, detail, hint, fix);

    public QemuCheck Fail(string name, string detail, string hint, string? fix = null) => new(Category, name, CheckResult.Fail, detail, hint, fix);

    public QemuCheck Skipped(string name, string detail) => new(Category, name, CheckResult.Skipped, detail);
}
