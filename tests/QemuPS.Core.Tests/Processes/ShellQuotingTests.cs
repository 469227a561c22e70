using System.Diagnostics;
using FsCheck;
using FsCheck.Xunit;
using QemuPS.Processes;

namespace QemuPS.Tests.Processes;

public sealed class ShellQuotingTests
{
    [Theory]
    [InlineData("plain")]
    [InlineData("with space")]
    [InlineData("it's")]
    [InlineData("a\"b$c`d\\e")]
    [InlineData("line\nbreak\ttab")]
    [InlineData("größe ✓")]
    [InlineData("")]
    [InlineData("-dash")]
    [InlineData("*?[a]{b,c}~!#&;|<>()")]
    public void Bash_reads_back_the_word(string word) => Assert.Equal(word, ReadBackByBash(word));

    [Property(MaxTest = 60)]
    public void Bash_reads_back_any_word(NonNull<string> text)
    {
        // A word of a command line cannot hold NUL, and the pipe carries valid text only.
        var word = string.Concat(text.Get.Where(c => c != '\0' && !char.IsSurrogate(c)));

        Assert.Equal(word, ReadBackByBash(word));
    }

    [Theory]
    [InlineData("-device", "-device")]
    [InlineData("qemu-system-x86_64", "qemu-system-x86_64")]
    [InlineData("a b", "'a b'")]
    [InlineData("it's", "'it''s'")]
    [InlineData("a,b", "'a,b'")]
    [InlineData("{\"a\":1}", "'{\"a\":1}'")]
    [InlineData("-a.b", "'-a.b'")]
    [InlineData("$x", "'$x'")]
    public void PowerShell_words_are_quoted_where_the_parser_would_change_them(string word, string expected) =>
        Assert.Equal(expected, ShellQuoting.PowerShell(word));

    [Fact]
    public void A_program_that_needs_quotes_gets_the_call_operator() =>
        Assert.Equal("& '/opt/my qemu' -m 1G", ShellQuoting.PowerShell(["/opt/my qemu", "-m", "1G"]));

    [Fact]
    public void Lines_put_an_option_with_its_value_on_a_line() =>
        Assert.Equal("qemu \\\n  -m 1G \\\n  -nodefaults \\\n  -name 'a b'", ShellQuoting.BashLines(["qemu", "-m", "1G", "-nodefaults", "-name", "a b"]));

    private static string ReadBackByBash(string word)
    {
        using var bash = Process.Start(new ProcessStartInfo("bash") { ArgumentList = { "-c", $"printf %s {ShellQuoting.Bash(word)}" }, RedirectStandardOutput = true, Environment = { ["LC_ALL"] = "C.UTF-8" } })!;
        return bash.StandardOutput.ReadToEnd();
    }
}
