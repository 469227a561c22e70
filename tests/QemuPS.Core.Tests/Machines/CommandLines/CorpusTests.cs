using Xunit.Abstractions;

namespace QemuPS.Tests.Machines.CommandLines;

/// <summary>
/// The command lines of the corpus become definitions, and QEMU makes of a definition what it makes of the original.
/// Those that cannot run here are read only, and the corpus says why.
/// </summary>
public sealed class CorpusTests(CorpusComparison comparison, ITestOutputHelper output) : IClassFixture<CorpusComparison>
{
    public static TheoryData<string> Compared => [.. CorpusComparison.Compared.Select(line => line.Origin)];

    public static TheoryData<string> Refused => [.. CorpusLine.All.Where(line => line.Error is not null).Select(line => line.Origin)];

    [Fact]
    public void Every_command_line_of_the_corpus_is_read_or_refused_as_it_says()
    {
        var wrong = comparison.Lines.Where(line => line.Error?.Id != line.Line.Error).Select(line => $"{line.Line.Origin}: {line.Error?.Message}");

        Assert.Empty(wrong);
        Assert.True(comparison.Lines.Count >= 100);
        output.WriteLine(comparison.Summary);
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public void A_refusal_names_the_line_and_the_column(string origin) =>
        Assert.Matches(@"^Line \d+, column \d+: ", comparison[origin].Error!.Message);

    [Theory]
    [MemberData(nameof(Compared))]
    public void QEMU_makes_the_same_machine_of_the_definition(string origin)
    {
        var result = comparison[origin];

        Assert.True(result.Failure is null, result.Failure);
        Assert.Equal(result.Original!.Drives, result.Ours!.Drives);
        Assert.Equal(result.Original.Processors, result.Ours.Processors);
        Assert.Equal(result.Original.Memory, result.Ours.Memory);
        Assert.Equal(result.Line.Differences.Order(StringComparer.Ordinal), result.DeviceDifferences.Order(StringComparer.Ordinal));
    }
}
