using System.Text;

namespace QemuPS.Shell.Tests;

/// <summary>One promise of <c>Parity.txt</c>: a script and what a person sees, written down from pwsh.</summary>
internal sealed record ParityCase(string Promise, string Script, string Expected)
{
    public static IReadOnlyList<ParityCase> All { get; } = Read();

    private static List<ParityCase> Read()
    {
        var text = "\n" + File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Parity.txt"));
        return [.. text.Split("\n# ", StringSplitOptions.RemoveEmptyEntries).Select(Parse)];
    }

    private static ParityCase Parse(string block)
    {
        var parts = block.Split("\n----\n");
        var end = parts[0].IndexOf('\n', StringComparison.Ordinal);
        return new ParityCase(parts[0][..end], parts[0][(end + 1)..], Normalize(parts[1]));
    }

    public static string Normalize(string output) => output.Trim('\n').ReplaceLineEndings("\n");
}

/// <summary>All cases run in one engine, each in a folder of its own.</summary>
internal static class ParityRun
{
    private const string Driver = """
        $number = 0
        foreach ($line in [IO.File]::ReadAllLines($args[0])) {
            Set-Location ([IO.Directory]::CreateDirectory("$PSScriptRoot/$((++$number))").FullName)
            $script = [scriptblock]::Create([Text.Encoding]::UTF8.GetString([Convert]::FromBase64String($line)))
            $said = try { & $script 2>&1 | Out-String -Width 120 } catch { "threw $($_.FullyQualifiedErrorId): $_" }
            [Convert]::ToBase64String([Text.Encoding]::UTF8.GetBytes($said))
        }
        """;

    public static IReadOnlyDictionary<string, string> In(string engine)
    {
        using var folder = new TemporaryFolder();
        var cases = folder.Write("cases", string.Join('\n', ParityCase.All.Select(one => Convert.ToBase64String(Encoding.UTF8.GetBytes(one.Script)))));
        var run = ProgramRun.Start(engine, ["-NoProfile", "-File", folder.Write("driver.ps1", Driver), cases]);
        Assert.Equal("", run.Error);
        return run.Output.TrimEnd().Split('\n')
            .Zip(ParityCase.All, (line, one) => (one.Promise, Said: Encoding.UTF8.GetString(Convert.FromBase64String(line))))
            .ToDictionary(pair => pair.Promise, pair => ParityCase.Normalize(pair.Said));
    }
}

/// <summary>The everyday cmdlets of the embedded engine.</summary>
public sealed class ParityTests(ParityTests.Embedded embedded) : IClassFixture<ParityTests.Embedded>
{
    public static TheoryData<string> Promises => [.. ParityCase.All.Select(one => one.Promise)];

    public sealed class Embedded
    {
        public IReadOnlyDictionary<string, string> Answers { get; } = ParityRun.In(ProgramRun.Engine);
    }

    [Theory]
    [MemberData(nameof(Promises))]
    public void The_embedded_engine_answers_as_pwsh_did(string promise)
        => Assert.Equal(ParityCase.All.Single(one => one.Promise == promise).Expected, embedded.Answers[promise]);
}

/// <summary>The same cases in the pwsh of this machine: what is written down must be true.</summary>
public sealed class PwshParityTests(PwshParityTests.Pwsh pwsh) : IClassFixture<PwshParityTests.Pwsh>
{
    public sealed class Pwsh
    {
        public IReadOnlyDictionary<string, string> Answers { get; } =
            PwshTheoryAttribute.Path is { } path ? ParityRun.In(path) : new Dictionary<string, string>();
    }

    [PwshTheory]
    [MemberData(nameof(ParityTests.Promises), MemberType = typeof(ParityTests))]
    public void Pwsh_answers_as_written_down(string promise)
        => Assert.Equal(ParityCase.All.Single(one => one.Promise == promise).Expected, pwsh.Answers[promise]);
}

/// <summary>A theory about pwsh itself, for machines that have one.</summary>
public sealed class PwshTheoryAttribute : TheoryAttribute
{
    public PwshTheoryAttribute()
    {
        if (Path is null)
            Skip = "There is no pwsh on the PATH.";
    }

    internal static string? Path { get; } = (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(':').Select(folder => System.IO.Path.Combine(folder, "pwsh")).FirstOrDefault(File.Exists);
}
