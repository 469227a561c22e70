using QemuPS.Machines;

namespace QemuPS.Tests.Machines.CommandLines;

/// <summary>A script is taken apart as a shell does it, and nothing of it is run.</summary>
public sealed class ShellScriptTests
{
    [Theory]
    [InlineData("qemu-system-x86_64 -a \\\n  -b", "-a|-b")]
    [InlineData("qemu-system-x86_64 -a \\\r\n  -b\r\n", "-a|-b")]
    [InlineData("qemu-system-x86_64 -a # -b", "-a")]
    [InlineData("qemu-system-x86_64 a#b", "a#b")]
    [InlineData("qemu-system-x86_64 'a b' \"c d\" e\\ f", "a b|c d|e f")]
    [InlineData("qemu-system-x86_64 'it'\\''s'", "it's")]
    [InlineData("qemu-system-x86_64 \"a\\\"b\\$c\\d\"", "a\"b$c\\d")]
    [InlineData("qemu-system-x86_64 $'a\\tb\\'c\\x41\\u00e4\\101'", "a\tb'cAäA")]
    [InlineData("qemu-system-x86_64 '' \"\"", "|")]
    [InlineData("qemu-system-x86_64 -a > log 2>&1 < /dev/null &", "-a")]
    [InlineData("FILE='a b'\nqemu-system-x86_64 $FILE \"$FILE\" x\"${FILE}\"y", "a|b|a b|xa by")]
    [InlineData("A=1\nB=\"$A$A\"\nC=${B}2\nqemu-system-x86_64 $C", "112")]
    [InlineData("A=1; A+=2; qemu-system-x86_64 $A", "12")]
    [InlineData("export A=1\nreadonly B=2 C=3\nqemu-system-x86_64 $A$B$C", "123")]
    [InlineData("qemu-system-x86_64 ${A:-b c} \"${A:-b c}\" ${A-x}", "b|c|b c|x")]
    [InlineData("A=\nqemu-system-x86_64 ${A:-b} x${A-c} ${A:+d}", "b|x")]
    [InlineData(": \"${A:=b}\"\nqemu-system-x86_64 $A", "b")]
    [InlineData("args=( -m 1G # one\n -hda 'a b' )\nargs+=(-usb)\nqemu-system-x86_64 \"${args[@]}\" end", "-m|1G|-hda|a b|-usb|end")]
    [InlineData("args=(a 'b c')\nqemu-system-x86_64 ${args[@]} x\"${args[*]}\" ${args[1]} $args", "a|b|c|xa b c|b|c|a")]
    [InlineData("args=()\nqemu-system-x86_64 -a \"${args[@]}\"", "-a")]
    [InlineData("declare -a args=(a b)\nqemu-system-x86_64 \"${args[@]}\"", "a|b")]
    [InlineData("qemu-system-x86_64 -a \"$@\" $*", "-a")]
    [InlineData("A=x B=y sudo -E nice -n 5 qemu-system-x86_64 -a", "-a")]
    [InlineData("QEMU=./build/qemu-system-x86_64\n$QEMU -a", "-a")]
    [InlineData("mkdir -p x && cd x && exec qemu-system-x86_64 -a || exit 1", "-a")]
    [InlineData("#!/bin/sh\nset -eu\necho 'qemu-system-x86_64 -b'\nqemu-system-x86_64 -a\nexit 0", "-a")]
    [InlineData("DIR=$(dirname \"$0\")\nqemu-system-x86_64 $DIR/a", "/scripts/a")]
    [InlineData("DIR=\"$(cd \"$(dirname \"${BASH_SOURCE[0]}\")\" && pwd)\"\nqemu-system-x86_64 $DIR/a", "/scripts/a")]
    [InlineData("N=$(nproc)\nqemu-system-x86_64 -a", "-a")]
    public void Words_are_what_bash_would_give_QEMU(string script, string expected) =>
        Assert.Equal(expected.Split('|'), Words(script));

    [Theory]
    [InlineData("qemu-system-x86_64 \\\n  -m $MEM", ErrorId.UnknownVariable, 2, 6, "MEM")]
    [InlineData("qemu-system-x86_64 \"-m\" \"${1}\"", ErrorId.UnknownVariable, 1, 26, "'1'")]
    [InlineData("qemu-system-x86_64 -smp $(nproc)", ErrorId.UnsupportedShellSyntax, 1, 25, "$(nproc)")]
    [InlineData("N=`nproc`\n\nqemu-system-x86_64 -smp $N", ErrorId.UnsupportedShellSyntax, 1, 3, "nproc")]
    [InlineData("qemu-system-x86_64 -smp $((1 + 1))", ErrorId.UnsupportedShellSyntax, 1, 25, "arithmetic")]
    [InlineData("A=b.iso\nqemu-system-x86_64 ${A%.iso}", ErrorId.UnsupportedShellSyntax, 2, 20, "${A%.iso}")]
    [InlineData("for i in 1 2; do qemu-system-x86_64; done", ErrorId.UnsupportedShellSyntax, 1, 1, "'for'")]
    [InlineData("\nif true; then qemu-system-x86_64; fi", ErrorId.UnsupportedShellSyntax, 2, 1, "'if'")]
    [InlineData("echo quit | qemu-system-x86_64 -monitor stdio", ErrorId.UnsupportedShellSyntax, 1, 11, "pipe")]
    [InlineData("qemu-system-x86_64 -serial stdio | tee log", ErrorId.UnsupportedShellSyntax, 1, 34, "pipe")]
    [InlineData("run() { qemu-system-x86_64; }", ErrorId.UnsupportedShellSyntax, 1, 4, "function")]
    [InlineData("(qemu-system-x86_64)", ErrorId.UnsupportedShellSyntax, 1, 1, "'('")]
    [InlineData("eval qemu-system-x86_64", ErrorId.UnsupportedShellSyntax, 1, 1, "'eval'")]
    [InlineData("qemu-system-x86_64 -a <<EOF\nEOF", ErrorId.UnsupportedShellSyntax, 1, 23, "<<")]
    [InlineData("qemu-system-x86_64 -hd{a,b} x", ErrorId.UnsupportedShellSyntax, 1, 20, "brace")]
    [InlineData("args[0]=-a\nqemu-system-x86_64", ErrorId.UnsupportedShellSyntax, 1, 1, "args[0]")]
    [InlineData("qemu-system-x86_64 \\\n 'a", ErrorId.InvalidCommandLine, 2, 2, "'")]
    [InlineData("qemu-system-x86_64 \"a", ErrorId.InvalidCommandLine, 1, 20, "\"")]
    [InlineData("qemu-system-x86_64 -a \\ \n  -b", ErrorId.InvalidCommandLine, 2, 3, "-b")]
    [InlineData("qemu-system-x86_64 -a \\\n  # note \\\n  -b", ErrorId.InvalidCommandLine, 3, 3, "comment")]
    public void What_only_a_shell_could_tell_is_an_error_with_its_place(string script, ErrorId id, int line, int column, string named)
    {
        var error = Assert.Throws<QemuException>(() => Words(script));

        Assert.Equal(id, error.Id);
        Assert.StartsWith($"Line {line}, column {column}: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_is_run()
    {
        var file = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());

        Words($"touch {file}\nX=$(touch {file})\nqemu-system-x86_64 -a && touch {file}");

        Assert.False(File.Exists(file));
    }

    [Fact]
    public void A_value_that_is_given_wins_over_the_script()
    {
        var variables = new ShellVariables(new Dictionary<string, string> { ["MEM"] = "2G", ["1"] = "a b" }, "/scripts");

        var found = ShellScript.Read("MEM=1G\nqemu-system-x86_64 -m $MEM \"$1\"", variables, NoFeedback.Instance);

        Assert.Equal(["-m", "2G", "a b"], found.Single().Arguments.Select(word => word.Text));
    }

    [Fact]
    public void What_comes_after_the_command_may_need_a_shell() =>
        Assert.Equal(["-a"], Words("qemu-system-x86_64 -a &\nPID=$!\nwhile kill -0 $PID; do sleep 1; done"));

    [Fact]
    public void The_words_are_those_of_bash()
    {
        const string script = "A='x  y'\nargs=(-a \"$A\" $A)\nargs+=(\"${args[@]}\" '' \"it's\" $'\\u00fc\\n' \\$ a\\\\b \"\\`\" ${B:-c d})\nqemu-system-x86_64 \"${args[@]}\" e\"f\"'g'";
        using var bash = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("bash", ["-c", $"qemu-system-x86_64() {{ printf '%s\\0' \"$@\"; }}\n{script}"]) { RedirectStandardOutput = true })!;
        var expected = bash.StandardOutput.ReadToEnd().TrimEnd('\0').Split('\0');
        bash.WaitForExit();

        Assert.Equal(expected, Words(script));
    }

    private static List<string> Words(string script) =>
        [.. ShellScript.Read(script, new ShellVariables(new Dictionary<string, string>(), "/scripts"), NoFeedback.Instance)[0].Arguments.Select(word => word.Text)];
}
