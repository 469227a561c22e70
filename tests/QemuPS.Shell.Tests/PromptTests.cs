namespace QemuPS.Shell.Tests;

/// <summary>Questions are asked in pwsh's words and can be answered through a pipe.</summary>
public sealed class PromptTests
{
    [Theory]
    [InlineData("y\n", false)]
    [InlineData("Yes to All\n", false)]
    [InlineData("\n", false)]
    [InlineData("n\n", true)]
    [InlineData("maybe\nn\n", true)]
    public void A_confirmation_does_what_was_answered(string answer, bool remains)
    {
        using var folder = new TemporaryFolder();
        var file = folder.Write("disk.img", "");
        var run = ProgramRun.ShellWithInput(answer, "-Command", $"Remove-Item {file} -Confirm");
        Assert.Equal(remains, File.Exists(file));
        Assert.Contains($"Performing the operation \"Remove File\" on target \"{file}\".\n[Y] Yes  [A] Yes to All  [N] No  [L] No to All  [S] Suspend  [?] Help (default is \"Y\"): ", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Help_explains_the_choices_and_asks_again()
    {
        using var folder = new TemporaryFolder();
        var file = folder.Write("disk.img", "");
        var run = ProgramRun.ShellWithInput("?\nn\n", "-Command", $"Remove-Item {file} -Confirm");
        Assert.Contains("Y - Continue with only the next step of the operation.\n", run.Output, StringComparison.Ordinal);
        Assert.True(File.Exists(file));
    }

    [Fact]
    public void The_end_of_the_input_is_no_consent()
    {
        using var folder = new TemporaryFolder();
        var file = folder.Write("disk.img", "");
        var run = ProgramRun.Shell("-Command", $"Remove-Item {file} -Confirm");
        Assert.True(File.Exists(file));
        Assert.Equal(1, run.ExitCode);
    }

    [Fact]
    public void What_WhatIf_says_is_what_pwsh_says()
        => Assert.Equal("What if: Performing the operation \"Remove Directory\" on target \"/usr\".\n", ProgramRun.Shell("-Command", "Remove-Item /usr -Recurse -WhatIf").Output);

    [Fact]
    public void Missing_parameters_are_asked_for_one_by_one()
    {
        var run = ProgramRun.ShellWithInput(
            "word\n4\na\nb\n\n",
            "-Command",
            "function f { param([Parameter(Mandatory)] [int] $Count, [Parameter(Mandatory)] [string[]] $Name) \"$Count of $Name\" }; f");
        Assert.Contains("Supply values for the following parameters:\nCount: ", run.Output, StringComparison.Ordinal);
        Assert.Contains("Name[2]: ", run.Output, StringComparison.Ordinal);
        Assert.EndsWith("4 of a b\n", run.Output, StringComparison.Ordinal);
        Assert.Contains("Cannot recognize \"word\" as a System.Int32", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_Host_gives_the_line_or_a_secret()
        => Assert.EndsWith("[joe][3]\n", ProgramRun.ShellWithInput("joe\nabc\n", "-Command", "$n = Read-Host Name; $s = Read-Host Key -AsSecureString; \"[$n][$($s.Length)]\"").Output, StringComparison.Ordinal);
}
