namespace QemuPS.Shell.Tests;

/// <summary>What goes to standard output, what to standard error, and how it looks there.</summary>
public sealed class StreamTests
{
    [Fact]
    public void An_error_is_one_line_on_standard_error()
    {
        var run = ProgramRun.Shell("-Command", "Get-Item /not/there; 'after'");
        Assert.Equal("after\n", run.Output);
        Assert.Equal("Get-Item: Cannot find path '/not/there' because it does not exist.\n", run.Error);
    }

    [Fact]
    public void An_error_shows_what_is_recommended()
    {
        var run = ProgramRun.Shell("-Command", "Write-Error 'No disk.' -RecommendedAction 'apt install qemu-utils'");
        Assert.Equal("Write-Error: No disk.\n  Recommendation: apt install qemu-utils\n", run.Error);
    }

    [Fact]
    public void An_error_in_a_script_shows_the_line_it_comes_from()
    {
        using var folder = new TemporaryFolder();
        var script = folder.Write("fails.ps1", "function Test-Disk {\n  throw 'no disk'\n}\nTest-Disk");
        var error = ProgramRun.Shell(script).Error;
        Assert.Contains($"Exception: {script}:2\n", error, StringComparison.Ordinal);
        Assert.Contains("2 |    throw 'no disk'\n", error, StringComparison.Ordinal);
    }

    [Fact]
    public void An_error_written_by_a_function_carries_the_functions_name()
        => Assert.Equal("Test-Disk: broken\n", ProgramRun.Shell("-Command", "function Test-Disk { Write-Error broken }; Test-Disk").Error);

    [Fact]
    public void Warnings_verbose_and_debug_lines_are_marked_and_share_standard_output_as_in_pwsh()
    {
        var run = ProgramRun.Shell("-Command", "Write-Warning w; Write-Verbose v -Verbose; Write-Debug d -Debug; Write-Host h; Write-Information i -InformationAction Continue");
        Assert.Equal(("WARNING: w\nVERBOSE: v\nDEBUG: d\nh\ni\n", ""), (run.Output, run.Error));
    }

    [Fact]
    public void Progress_and_colours_stay_out_of_a_redirected_result()
    {
        var run = ProgramRun.Shell("-Command", "1..3 | ForEach-Object { Write-Progress Copying -PercentComplete $_ }; Write-Host red -ForegroundColor Red; [pscustomobject]@{ A = 1 }; Write-Error e");
        Assert.Equal("red\n\nA\n-\n1\n\n", run.Output);
        Assert.Equal("Write-Error: e\n", run.Error);
    }

    [Fact]
    public void A_redirected_table_is_120_columns_wide()
        => Assert.Equal("120\n", ProgramRun.Shell("-Command", "$Host.UI.RawUI.BufferSize.Width").Output);

    [Fact]
    public void Objects_of_one_pipeline_and_text_around_them_keep_their_order()
        => Assert.Equal("a\n\nN\n-\n1\n\nb\n", ProgramRun.Shell("-Command", "Write-Host a; [pscustomobject]@{ N = 1 } | Out-Host; Write-Host b").Output);

    [Fact]
    public void A_native_commands_lines_and_exit_code_reach_the_script()
    {
        var run = ProgramRun.Shell("-Command", "$all = & sh -c 'echo out; echo err >&2; exit 5' 2>&1; $all.Count; ($all | Where-Object { $_ -is [Management.Automation.ErrorRecord] }).Count; $LASTEXITCODE; 'piped' | & cat");
        Assert.Equal("2\n1\n5\npiped\n", run.Output);
    }

    [Fact]
    public void Redirection_to_a_file_writes_what_the_screen_would_show()
    {
        using var folder = new TemporaryFolder();
        ProgramRun.Shell("-Command", $"Set-Location {folder.Path}; 'one' > f; 'two' >> f; Get-Item /not/there 2> e");
        Assert.Equal("one\ntwo\n", File.ReadAllText(Path.Combine(folder.Path, "f")));
        Assert.Contains("Cannot find path", File.ReadAllText(Path.Combine(folder.Path, "e")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Read-Host Name")]
    [InlineData("function f { param([Parameter(Mandatory)] $Name) }; f")]
    [InlineData("$Host.UI.PromptForChoice('c', 'm', @('&Yes', '&No'), 0)")]
    public void A_question_in_non_interactive_mode_is_an_error(string command)
    {
        var run = ProgramRun.Shell("-NonInteractive", "-Command", command);
        Assert.Equal(1, run.ExitCode);
        Assert.NotEmpty(run.Error);
    }

    [Fact]
    public void A_background_job_is_refused_with_the_reason()
    {
        var run = ProgramRun.Shell("-Command", "Start-Job { 1 }");
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("pwsh", run.Error, StringComparison.Ordinal);
    }
}
