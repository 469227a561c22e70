using System.Text;

namespace QemuPS.Shell.Tests;

/// <summary>The command line and the exit codes are pwsh's.</summary>
public sealed class CommandLineTests
{
    [Theory]
    [InlineData("exit 3", 3)]
    [InlineData("exit 0", 0)]
    [InlineData("1", 0)]
    [InlineData("throw 'x'", 1)]
    [InlineData("Write-Error x", 1)]
    [InlineData("Get-Item /not/there; 'fine'", 0)]
    [InlineData("& false", 1)]
    [InlineData("& sh -c 'exit 7'", 1)]
    [InlineData("if (", 1)]
    public void A_command_ends_with_the_exit_code_pwsh_gives(string command, int expected)
        => Assert.Equal(expected, ProgramRun.Shell("-NoProfile", "-Command", command).ExitCode);

    [Theory]
    [InlineData("exit 3", 3)]
    [InlineData("function f { exit 9 }\nf", 9)]
    [InlineData("'text'", 0)]
    [InlineData("& false", 0)]
    [InlineData("Write-Error x", 0)]
    [InlineData("throw 'x'", 1)]
    [InlineData("$ErrorActionPreference = 'Stop'\nGet-Item /not/there", 1)]
    [InlineData("if (", 1)]
    public void A_script_ends_with_the_exit_code_pwsh_gives(string script, int expected)
    {
        using var folder = new TemporaryFolder();
        Assert.Equal(expected, ProgramRun.Shell("-File", folder.Write("a script.ps1", script)).ExitCode);
    }

    [Fact]
    public void The_words_after_a_script_bind_to_its_parameters()
    {
        using var folder = new TemporaryFolder();
        var script = folder.Write("build.ps1", """
            param([string[]] $Task, [switch] $Fast, [switch] $Slow, [int] $Count, [Parameter(ValueFromRemainingArguments)] $Rest)
            "$Task|$Fast|$Slow|$Count|$($Rest -join ',')|$($Rest[0].GetType().Name)"
            """);
        var run = ProgramRun.Shell(script, "-Task", "Test", "-Fast", "-Slow:$false", "-Count:4", "10", "a b", "");
        Assert.Equal("Test|True|False|4|10,a b,|String\n", run.Output);
    }

    [Fact]
    public void A_script_knows_where_it_is_and_what_it_was_given()
    {
        using var folder = new TemporaryFolder();
        var script = folder.Write("where.ps1", "\"$PSScriptRoot|$(Split-Path -Leaf $PSCommandPath)|$($args -join ',')|$IsLinux\"");
        Assert.Equal($"{folder.Path}|where.ps1|x,y z|True\n", ProgramRun.Shell(script, "x", "y z").Output);
    }

    [Fact]
    public void A_script_without_the_suffix_runs_by_its_first_line()
    {
        using var folder = new TemporaryFolder();
        var script = folder.Write("tool", "#!/usr/bin/env qps\n\"ran with $args\"");
        Assert.Equal("ran with 1\n", ProgramRun.Shell(script, "1").Output);
    }

    [Fact]
    public void The_words_of_a_command_are_joined_as_pwsh_joins_them()
        => Assert.Equal("a b\n", ProgramRun.Shell("-c", "Write-Output", "'a b'").Output);

    [Fact]
    public void A_command_with_arguments_finds_them_in_args()
        => Assert.Equal("2 $x, -y\n", ProgramRun.Shell("-CommandWithArgs", "\"$($args.Count) $($args -join ', ')\"", "$x", "-y").Output);

    [Fact]
    public void An_encoded_command_is_decoded()
        => Assert.Equal("é\n", ProgramRun.Shell("-EncodedCommand", Convert.ToBase64String(Encoding.Unicode.GetBytes("'é'"))).Output);

    [Fact]
    public void Commands_come_from_standard_input_without_prompts()
    {
        var run = ProgramRun.ShellWithInput("$x = 20\nif ($x) {\n  $x + 1\n}\n\n'last'\nexit 4\n", "-Command", "-");
        Assert.Equal(("21\nlast\n", 4), (run.Output, run.ExitCode));
    }

    [Fact]
    public void A_command_reads_piped_lines_through_input()
        => Assert.Equal("<one>\n<two>\n", ProgramRun.ShellWithInput("one\ntwo\n", "-Command", "$input | ForEach-Object { \"<$_>\" }").Output);

    [Fact]
    public void A_native_command_reads_standard_input_itself()
        => Assert.Equal("ONE\n", ProgramRun.ShellWithInput("one\n", "-Command", "& tr a-z A-Z").Output);

    [Fact]
    public void The_working_directory_can_be_given()
        => Assert.Equal("/usr\n", ProgramRun.Shell("-WorkingDirectory", "/usr", "-Command", "$PWD.Path").Output);

    [Theory]
    [InlineData("-NoProfile", "-NonInteractive", "-NoLogo", "-ExecutionPolicy", "Bypass", "-OutputFormat", "Text", "-Command", "1")]
    [InlineData("-nop", "-noni", "-ep", "bypass", "-c", "1")]
    [InlineData("--noprofile", "-com", "1")]
    public void Options_that_change_nothing_here_are_accepted(params string[] arguments)
    {
        var run = ProgramRun.Shell(arguments);
        Assert.Equal(("1\n", "", 0), (run.Output, run.Error, run.ExitCode));
    }

    [Theory]
    [InlineData("-Unknown", "-Unknown")]
    [InlineData("not-there.ps1", "not-there.ps1")]
    [InlineData("-Command", "A command must follow -Command")]
    [InlineData("-OutputFormat XML -c 1", "XML")]
    [InlineData("-ExecutionPolicy Sometimes -c 1", "Sometimes")]
    [InlineData("-SSHServerMode", "sshservermode")]
    [InlineData("-EncodedCommand %%%", "Base64")]
    public void What_cannot_be_done_is_said_and_ends_with_the_usage_exit_code(string arguments, string complaint)
    {
        var run = ProgramRun.Shell(arguments.Split(' '));
        Assert.Equal((64, ""), (run.ExitCode, run.Output));
        Assert.Contains(complaint, run.Error, StringComparison.Ordinal);
    }
}
