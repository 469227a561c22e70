namespace QemuPS.Shell.Tests;

/// <summary>qps chooses the engine, builds what is stale and hands on the command line. dotnet and pwsh are stand-ins that write down what they were told.</summary>
public sealed class LauncherTests : IDisposable
{
    private const string FakeShell = """
        #!/bin/sh
        printf 'embedded' >>"$QPS_TEST_LOG"
        for argument in "$@"; do printf '<%s>' "$argument" >>"$QPS_TEST_LOG"; done
        printf '\n' >>"$QPS_TEST_LOG"
        printf '%s\n' "$PSModulePath"
        case "$*" in *build.ps1*Build) mkdir -p "$QPS_TEST_ROOT/out/QemuPS" && : >"$QPS_TEST_ROOT/out/.module-stamp" ;; esac

        """;

    private readonly TemporaryFolder _folder = new();
    private readonly string _log;
    private readonly string _bin;

    public LauncherTests()
    {
        _log = Path.Combine(_folder.Path, "log");
        _bin = Path.Combine(_folder.Path, "bin");
        var qps = _folder.Write("repo with space/qps", File.ReadAllText(Path.Combine(Repository.Root, "qps")));
        File.SetUnixFileMode(qps, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        _folder.Write("repo with space/global.json", "{}");
        _folder.Write("repo with space/src/QemuPS.Shell/Program.cs", "");
        _folder.Write("repo with space/src/QemuPS.Shell/Old.cs", "");
        _folder.Write("repo with space/src/QemuPS/A.cs", "");
        _folder.Write("repo with space/QemuPS.psd1", "");
        _folder.Write("repo with space/fake-shell", FakeShell);
        Directory.CreateDirectory(_bin);
        foreach (var tool in new[] { "sh", "cat", "chmod", "cp", "dirname", "find", "flock", "head", "mkdir", "mv", "readlink", "rm", "sed", "tr", "uname" })
            File.CreateSymbolicLink(Path.Combine(_bin, tool), Which(tool));
        AddProgram("dotnet", """
            printf 'dotnet\n' >>"$QPS_TEST_LOG"
            mkdir -p "$QPS_TEST_ROOT/out/shell"
            cp "$QPS_TEST_ROOT/fake-shell" "$QPS_TEST_ROOT/out/shell/qps-shell"
            chmod +x "$QPS_TEST_ROOT/out/shell/qps-shell"
            """);
    }

    private string Root => Path.Combine(_folder.Path, "repo with space");

    private string Log => File.Exists(_log) ? File.ReadAllText(_log) : "";

    [Fact]
    public void The_engine_is_built_once()
    {
        Run("-Version");
        Run("-Version");
        Assert.Equal("dotnet\nembedded<-Version>\nembedded<-Version>\n", Log);
    }

    [Theory]
    [InlineData("src/QemuPS.Shell/Program.cs")]
    [InlineData("global.json")]
    public void A_newer_source_builds_the_engine_again(string source)
    {
        Run("-Version");
        File.SetLastWriteTimeUtc(Path.Combine(Root, source), DateTime.UtcNow.AddMinutes(1));
        Run("-Version");
        Assert.Equal(2, CountBuilds());
    }

    [Fact]
    public void A_deleted_source_builds_the_engine_again()
    {
        Run("-Version");
        AgeStamp();
        File.Delete(Path.Combine(Root, "src/QemuPS.Shell/Old.cs"));
        Run("-Version");
        Assert.Equal(2, CountBuilds());
    }

    [Fact]
    public async Task Two_starts_at_once_build_once()
    {
        var runs = await Task.WhenAll(Task.Run(() => Run("-Version")), Task.Run(() => Run("-Version")));
        Assert.All(runs, run => Assert.Equal(0, run.ExitCode));
        Assert.Equal(1, CountBuilds());
    }

    [Fact]
    public void A_failed_build_is_shown_and_nothing_runs()
    {
        AddProgram("dotnet", "echo 'error CS1002: ; expected'; exit 1");
        var run = Run("-Version");
        Assert.Equal(("", 1), (run.Output, run.ExitCode));
        Assert.Equal("error CS1002: ; expected\n", run.Error);
    }

    [Fact]
    public void A_machine_without_dotnet_is_told_so_in_one_line()
    {
        File.Delete(Path.Combine(_bin, "dotnet"));
        var run = Run("-Version");
        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.StartsWith("qps: dotnet was not found.", run.Error, StringComparison.Ordinal);
        Assert.Single(run.Error.TrimEnd().Split('\n'));
    }

    [Fact]
    public void Arguments_pass_unharmed()
    {
        Run("script.ps1", "a b", "", "it's", "\"q\"", "$HOME `x` \\n", "*", "-Name:x", "two\nlines");
        Assert.EndsWith("embedded<script.ps1><a b><><it's><\"q\"><$HOME `x` \\n><*><-Name:x><two\nlines>\n", Log, StringComparison.Ordinal);
    }

    [Fact]
    public void It_works_from_anywhere_and_through_links()
    {
        var link = Path.Combine(_folder.Path, "link");
        var other = Path.Combine(_bin, "qps");
        File.CreateSymbolicLink(link, Path.Combine(Root, "qps"));
        File.CreateSymbolicLink(other, "../link");
        Assert.Equal($"{Root}/out\n", Start(other, "/", "-Version").Output);
    }

    [Fact]
    public void Pwsh_is_taken_when_it_is_new_enough()
    {
        AddPwsh("7.4.0");
        Run("-File", "x.ps1", "a b");
        Assert.Equal("pwsh<-File><x.ps1><a b>\n", Log);
    }

    [Theory]
    [InlineData("7.2.9")]
    [InlineData("6.2.0")]
    public void An_old_pwsh_is_passed_over(string version)
    {
        AddPwsh(version);
        Run("-Version");
        Assert.EndsWith("embedded<-Version>\n", Log, StringComparison.Ordinal);
    }

    [Fact]
    public void An_engine_can_be_forced()
    {
        AddPwsh("7.6.0");
        Run("QPS_ENGINE=embedded", "-Version");
        Assert.EndsWith("embedded<-Version>\n", Log, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("pwsh", "no pwsh 7.4 or later")]
    [InlineData("bash", "can be pwsh or embedded")]
    public void An_engine_that_cannot_be_had_is_said(string engine, string complaint)
    {
        var run = Run($"QPS_ENGINE={engine}", "-Version");
        Assert.Equal(2, run.ExitCode);
        Assert.Contains(complaint, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_stale_module_is_built_first_and_then_no_more()
    {
        _folder.Write("repo with space/build.ps1", "");
        Run("x.ps1");
        Run("x.ps1");
        Assert.Equal($"dotnet\nembedded<-NoProfile><-NonInteractive><-File><{Root}/build.ps1><-Task><Build>\nembedded<x.ps1>\nembedded<x.ps1>\n", Log);
    }

    [Fact]
    public void The_repositorys_build_script_runs_without_a_build_before_it()
    {
        _folder.Write("repo with space/build.ps1", "");
        Start(Path.Combine(Root, "qps"), Root, "build.ps1", "-Task", "Test");
        Assert.Equal("dotnet\nembedded<build.ps1><-Task><Test>\n", Log);
    }

    [Theory]
    [InlineData("Get-QemuDisk", "Import-Module QemuPS; Get-QemuDisk")]
    [InlineData("using namespace System.IO", "using namespace System.IO")]
    [InlineData("param($x) $x", "param($x) $x")]
    public void A_command_has_the_module_imported_where_that_can_come_first(string command, string expected)
    {
        Directory.CreateDirectory(Path.Combine(Root, "out/QemuPS"));
        Run("-NoProfile", "-ExecutionPolicy", "Bypass", "-c", command, "more");
        Assert.EndsWith($"embedded<-NoProfile><-ExecutionPolicy><Bypass><-c><{expected}><more>\n", Log, StringComparison.Ordinal);
    }

    [Fact]
    public void The_users_module_path_comes_after_ours()
        => Assert.Equal($"{Root}/out:/mine\n", Run("PSModulePath=/mine", "-Version").Output);

    public void Dispose() => _folder.Dispose();

    private ProgramRun Run(params string[] words) => Start(Path.Combine(Root, "qps"), "/", words);

    private ProgramRun Start(string program, string directory, params string[] words)
    {
        var environment = new Dictionary<string, string?>
        {
            ["PATH"] = _bin,
            ["PSModulePath"] = null,
            ["QPS_ENGINE"] = null,
            ["QPS_TEST_LOG"] = _log,
            ["QPS_TEST_ROOT"] = Root,
        };
        var settings = words.TakeWhile(word => word.StartsWith("QPS_", StringComparison.Ordinal) || word.StartsWith("PSM", StringComparison.Ordinal)).ToList();
        foreach (var setting in settings.Select(word => word.Split('=')))
            environment[setting[0]] = setting[1];
        return ProgramRun.Start(program, words.Skip(settings.Count), directory: directory, environment: environment);
    }

    private int CountBuilds() => Log.Split('\n').Count(line => line == "dotnet");

    // Deleting a file changes its directory now; the stamp has to be from before that even on a coarse clock.
    private void AgeStamp() => File.SetLastWriteTimeUtc(Path.Combine(Root, "out/shell/.stamp"), DateTime.UtcNow.AddSeconds(-2));

    private void AddPwsh(string version) => AddProgram("pwsh", $$"""
        if [ "$*" = -Version ]; then echo 'PowerShell {{version}}'; exit; fi
        printf 'pwsh' >>"$QPS_TEST_LOG"
        for argument in "$@"; do printf '<%s>' "$argument" >>"$QPS_TEST_LOG"; done
        printf '\n' >>"$QPS_TEST_LOG"
        """);

    private void AddProgram(string name, string script)
    {
        var file = Path.Combine(_bin, name);
        File.WriteAllText(file, "#!/bin/sh\n" + script + "\n");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private static string Which(string tool)
        => Environment.GetEnvironmentVariable("PATH")!.Split(':').Select(folder => Path.Combine(folder, tool)).First(File.Exists);
}
