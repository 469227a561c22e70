using System.Management.Automation;
using System.Management.Automation.Language;
using System.Management.Automation.Runspaces;
using QemuPS.Shell.Cmdlets;
using QemuPS.Shell.CommandLine;

namespace QemuPS.Shell.Hosting;

/// <summary>One life of the shell: a runspace, what the command line asked for, and the exit code it ends with.</summary>
internal sealed class ShellSession : IDisposable
{
    private readonly ShellOptions _options;
    private readonly Terminal _terminal = new();
    private readonly LineReader _reader;
    private readonly ShellUserInterface _ui;
    private readonly Runspace _runspace;
    private readonly Executor _executor;
    private readonly Stack<ReadLoop> _loops = new();
    private int? _exitRequest;

    public ShellSession(ShellOptions options)
    {
        _options = options;
        _reader = new LineReader(_terminal);
        _ui = new ShellUserInterface(_terminal, _reader, interactive: !options.NonInteractive);
        if (!_terminal.ColoursWanted)
            PSStyle.Instance.OutputRendering = OutputRendering.PlainText;
        _runspace = RunspaceFactory.CreateRunspace(new ShellHost(this, _ui), EverydayCmdlets.CreateSessionState());
        _runspace.ThreadOptions = PSThreadOptions.ReuseThread;
        _executor = new Executor(_runspace, _ui, _reader);
    }

    public bool ExitRequested => _exitRequest is not null;

    public int Run()
    {
        if (_options.ShowVersion)
        {
            _ui.WriteLine($"PowerShell {PSVersionInfo.PSVersion} (QemuPS embedded engine)");
            return 0;
        }

        _runspace.Open();
        Runspace.DefaultRunspace = _runspace;
        Console.CancelKeyPress += OnInterrupt;
        return EnterWorkingDirectory() ? RunWhatIsAsked() : 1;
    }

    public void RequestExit(int code) => _exitRequest = code;

    public void RunNestedLoop() => RunLoop(new ReadLoop(this, _executor, _ui, _reader, _options.NoPrompt, nested: true));

    public void LeaveNestedLoop() => _loops.Peek().Leave();

    public CommandCompletion Complete(string text, int cursor)
    {
        using var shell = PowerShell.Create();
        shell.Runspace = _runspace;
        return CommandCompletion.CompleteInput(text, cursor, null, shell);
    }

    public LineEditor CreateEditor(string prompt, IReadOnlyList<string> history)
        => new(prompt, _terminal.Width) { History = history, Complete = Complete };

    public bool InputIsTerminal => _terminal.InputIsTerminal;

    public void Dispose()
    {
        Console.CancelKeyPress -= OnInterrupt;
        _ui.ResetProgress();
        _runspace.Dispose();
        _reader.Dispose();
    }

    private bool EnterWorkingDirectory()
    {
        if (_options.WorkingDirectory is not { } directory)
            return true;
        var command = new Command("Set-Location");
        command.Parameters.Add("LiteralPath", directory);
        return _executor.Show(command) is null;
    }

    private int RunWhatIsAsked()
    {
        var code = _options.File is { } file ? RunFile(file)
            : _options.Command is { } text ? RunCommand(text)
            : 0;
        if (!_options.IsLoop || ExitRequested)
            return _exitRequest ?? code;

        if (!_options.NoLogo)
            _ui.WriteLine($"PowerShell {PSVersionInfo.PSVersion} (QemuPS embedded engine)");
        RunLoop(new ReadLoop(this, _executor, _ui, _reader, _options.NoPrompt, nested: false));
        return _exitRequest ?? ExitCodeOfLastCommand();
    }

    private void RunLoop(ReadLoop loop)
    {
        _loops.Push(loop);
        loop.Run();
        _loops.Pop();
    }

    private int RunCommand(string text)
    {
        var error = _executor.ShowTyped(text, _options.Arguments, nested: false, InputFor(text));
        return _exitRequest ?? (error is null ? ExitCodeOfLastCommand() : 1);
    }

    private int RunFile(string file)
    {
        // A file without the suffix is a script by its "#!" line; the engine would take its name for a native program.
        var isScriptFile = file.EndsWith(".ps1", StringComparison.OrdinalIgnoreCase);
        var text = File.ReadAllText(file);
        var command = isScriptFile ? new Command(file, isScript: false, useLocalScope: false) : new Command(text, isScript: true, useLocalScope: false);
        foreach (var argument in _options.Arguments)
            command.Parameters.Add(argument);
        if (!_options.NoExit)
            EngineInternals.LetExitEndTheShell(_runspace);
        var error = _executor.Show(command, InputFor(text));
        return _exitRequest ?? (error is null ? 0 : 1);
    }

    private int ExitCodeOfLastCommand() => LastCommandSucceeded() ? 0 : 1;

    private bool LastCommandSucceeded() => LanguagePrimitives.IsTrue(_executor.Ask("$global:?"));

    /// <summary>Standard input belongs to a script that mentions <c>$input</c>, and to native commands otherwise.</summary>
    private IEnumerable<object>? InputFor(string script)
    {
        if (_terminal.InputIsTerminal || !UsesInput(script))
            return null;
        return ReadLines();
    }

    private static bool UsesInput(string script)
        => Parser.ParseInput(script, out _, out _).Find(IsInputVariable, searchNestedScriptBlocks: false) is not null;

    private static bool IsInputVariable(Ast ast)
        => ast is VariableExpressionAst { VariablePath: { IsVariable: true, UserPath: var name } }
            && name.Equals("input", StringComparison.OrdinalIgnoreCase);

    private static IEnumerable<object> ReadLines()
    {
        while (Console.In.ReadLine() is { } line)
            yield return line;
    }

    private void OnInterrupt(object? sender, ConsoleCancelEventArgs signal)
        => signal.Cancel = _executor.Interrupt() || _options.IsLoop;
}
