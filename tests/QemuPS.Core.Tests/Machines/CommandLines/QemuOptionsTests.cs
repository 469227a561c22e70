using System.Diagnostics;
using System.Text.RegularExpressions;
using QemuPS.Machines;

namespace QemuPS.Tests.Machines.CommandLines;

/// <summary>The table of options against QEMU itself.</summary>
public sealed partial class QemuOptionsTests
{
    [Fact]
    public void Every_option_that_QEMU_lists_is_in_the_table()
    {
        var listed = Option().Matches(Run("-help").Output).SelectMany(match => match.Value.Split(["/-", " or -"], StringSplitOptions.None)).Select(name => name.Trim('-', ' ')).Distinct();

        Assert.DoesNotContain(listed, name => QemuOptions.Find(name) is null);
    }

    // QEMU looks at all options before it does anything, and stops at the first it does not know: an option with an
    // argument swallows the word behind it.
    [Fact]
    public void QEMU_takes_arguments_where_the_table_says_so()
    {
        var words = QemuOptions.All.Where(option => !option.Removed).SelectMany(option => option.TakesArgument ? new[] { $"-{option.Name}", $"-not-swallowed-by-{option.Name}" } : [$"-{option.Name}"]);

        var (_, error) = Run([.. words, "-the-end"]);

        Assert.Equal("qemu-system-x86_64: -the-end: invalid option", error.Trim());
    }

    [Fact]
    public void QEMU_knows_no_option_that_is_called_removed()
    {
        var removed = QemuOptions.All.Where(option => option.Removed).AsParallel().WithDegreeOfParallelism(2)
            .Where(option => Run($"-{option.Name}", "-the-end", "-the-end").Error.Trim() != $"qemu-system-x86_64: -{option.Name}: invalid option");

        Assert.Empty(removed);
    }

    private static (string Output, string Error) Run(params string[] arguments)
    {
        using var qemu = Process.Start(new ProcessStartInfo("qemu-system-x86_64", arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var error = qemu.StandardError.ReadToEndAsync();
        var output = qemu.StandardOutput.ReadToEnd();
        qemu.WaitForExit();
        return (output, error.Result);
    }

    [GeneratedRegex(@"^--?\w[\w-]*((/-| or -)\w[\w-]*)*", RegexOptions.Multiline)]
    private static partial Regex Option();
}
