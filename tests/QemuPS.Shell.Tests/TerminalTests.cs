namespace QemuPS.Shell.Tests;

/// <summary>What a person at a terminal is promised.</summary>
public sealed class TerminalTests
{
    private const string ControlC = "\u0003";
    private const string ControlD = "\u0004";
    private const string Up = "\u001b[A";

    [Fact]
    public void An_incomplete_line_is_continued_until_it_is_complete()
    {
        using var pty = new Pty("-NoLogo");
        pty.Expect("PS />").Type("if ($true) {\r").Expect(">> ").Type("'in' + 'side'\r").Expect(">> ").Type("}\r").Expect("inside");
        pty.Expect("PS />").Type("exit 7\r");
        Assert.Equal(7, pty.WaitForExit());
    }

    [Fact]
    public void Control_C_stops_the_pipeline_and_not_the_shell()
    {
        using var pty = new Pty("-NoLogo");
        pty.Expect("PS />").Type("'sleep' + 'ing'; Start-Sleep 100; 'not' + 'reached'\r").Expect("sleeping").Type(ControlC);
        pty.Expect("PS />").Type("'still' + 'here'\r").Expect("stillhere").Type("exit\r");
        Assert.Equal(0, pty.WaitForExit());
        Assert.DoesNotContain("notreached", pty.Screen, StringComparison.Ordinal);
    }

    [Fact]
    public void Control_C_stops_a_native_command_and_not_the_shell()
    {
        // No sh here: dash loses a Ctrl+C that comes while it makes a child.
        using var folder = new TemporaryFolder();
        var file = Path.Combine(folder.Path, "text");
        File.WriteAllText(file, "42nd\n");
        using var pty = new Pty("-NoLogo");
        pty.Expect("PS />").Type($"& tail -n 1 -f '{file}'\r").Expect("42nd").Type(ControlC);
        pty.Expect("PS />").Type("'still' + 'here'\r").Expect("stillhere").Type("exit\r");
        Assert.Equal(0, pty.WaitForExit());
    }

    [Fact]
    public void Control_C_stops_a_command_given_on_the_command_line_after_its_finally_block()
    {
        using var folder = new TemporaryFolder();
        var file = Path.Combine(folder.Path, "cleaned");
        using var pty = new Pty($"-Command \"try {{ 'go' + 'ing'; Start-Sleep 100 }} finally {{ [IO.File]::WriteAllText('{file}', '') }}\"");
        pty.Expect("going").Type(ControlC);
        Assert.NotEqual(0, pty.WaitForExit());
        Assert.True(File.Exists(file));
    }

    [Fact]
    public void Control_C_while_typing_gives_up_the_line()
    {
        using var pty = new Pty("-NoLogo");
        pty.Expect("PS />").Type("'one'; exit 9").Expect("exit 9").Type(ControlC).Expect("PS />").Type("exit 5\r");
        Assert.Equal(5, pty.WaitForExit());
    }

    [Fact]
    public void Control_C_at_a_question_stops_the_pipeline_that_asks()
    {
        using var pty = new Pty("-NoLogo");
        pty.Expect("PS />").Type("$x = Read-Host Name; 'not' + 'reached'\r").Expect("Name: ").Type(ControlC);
        pty.Expect("PS />").Type("exit 6\r");
        Assert.Equal(6, pty.WaitForExit());
        Assert.DoesNotContain("notreached", pty.Screen, StringComparison.Ordinal);
    }

    [Fact]
    public void Control_D_on_an_empty_line_ends_the_shell()
    {
        using var pty = new Pty("-NoLogo");
        pty.Expect("PS />").Type(ControlD);
        Assert.Equal(0, pty.WaitForExit());
    }

    [Fact]
    public void The_last_line_comes_back_and_Tab_completes_a_command()
    {
        using var pty = new Pty("-NoLogo");
        pty.Expect("PS />").Type("'a' + 'b'\r").Expect("ab").Expect("PS />").Type(Up).Expect("'a' + 'b'").Type("\r").Expect("ab");
        pty.Expect("PS />").Type("Get-Rand\t").Expect("Get-Random").Type(ControlC);
        pty.Expect("PS />").Type("exit\r");
        Assert.Equal(0, pty.WaitForExit());
    }

    [Fact]
    public void A_secret_is_not_shown()
    {
        using var pty = new Pty("-Command \"\\$s = Read-Host Key -AsSecureString; \\$s.Length\"");
        pty.Expect("Key: ");

        // script(1) echoes what is typed before the shell reads; the stars show that it does.
        pty.Type("q").Expect("*").Type("wx\r").Expect("**").Expect("3");
        Assert.DoesNotContain("wx", pty.Screen, StringComparison.Ordinal);
    }

    [Fact]
    public void An_error_is_coloured_on_a_terminal_and_not_with_NO_COLOR()
    {
        const string command = "-Command \"Get-Item /not/there\"";
        using var coloured = new Pty(command);
        coloured.Expect("does not exist");
        coloured.WaitForExit();
        Assert.Contains("\u001b[31;1mGet-Item: ", coloured.Screen, StringComparison.Ordinal);

        using var plain = new Pty(command, ("NO_COLOR", ""));
        plain.Expect("does not exist");
        plain.WaitForExit();
        Assert.DoesNotContain("\u001b[31", plain.Screen, StringComparison.Ordinal);
    }

    [Fact]
    public void Progress_shows_on_a_terminal_and_is_taken_away()
    {
        using var pty = new Pty("-Command \"Write-Progress Copying -Status disk -PercentComplete 50; 'do' + 'ne'\"");
        pty.Expect("Copying: disk [############            ] 50%").Expect("\u001b[K").Expect("done");
        Assert.Equal(0, pty.WaitForExit());
    }

    [Fact]
    public void A_table_is_as_wide_as_the_terminal()
    {
        using var pty = new Pty("-Command \"\\$Host.UI.RawUI.WindowSize.Width\"");
        pty.Expect("100");
        Assert.Equal(0, pty.WaitForExit());
    }
}
