using System.Management.Automation;
using System.Management.Automation.Language;

namespace QemuPS.Shell.Hosting;

/// <summary>Prompt, read, run, until "exit" or the end of the input.</summary>
internal sealed class ReadLoop(
    ShellSession session,
    Executor executor,
    ShellUserInterface ui,
    LineReader reader,
    bool noPrompt,
    bool nested)
{
    private const string ContinuationPrompt = ">> ";

    private readonly List<string> _history = [];
    private bool _left;

    public void Leave() => _left = true;

    public void Run()
    {
        while (!_left && !session.ExitRequested)
        {
            try
            {
                if (ReadStatement() is not { } statement)
                    return;
                if (!string.IsNullOrWhiteSpace(statement))
                    executor.ShowTyped(statement, [], nested);
            }
            catch (PipelineStoppedException)
            {
                // Ctrl+C while typing gives up the line, not the shell.
            }
        }
    }

    private string? ReadStatement()
    {
        var statement = ReadLine(Prompt());
        if (statement is null || !IsIncomplete(statement))
            return statement;

        while (ReadLine(ContinuationPrompt) is { } line)
        {
            if (string.IsNullOrWhiteSpace(line))
                break;
            statement += "\n" + line;
            if (session.InputIsTerminal && !IsIncomplete(statement))
                break;
        }

        return statement;
    }

    private string? ReadLine(string prompt)
    {
        if (!session.InputIsTerminal)
            return ReadPipedLine(prompt);

        var line = LineReader.ReadLine(session.CreateEditor(prompt, _history));
        if (!string.IsNullOrWhiteSpace(line) && _history.LastOrDefault() != line)
            _history.Add(line);
        return line;
    }

    private string? ReadPipedLine(string prompt)
    {
        if (noPrompt)
            return reader.ReadLine();
        ui.Write(prompt);
        var line = reader.ReadLine();
        ui.WriteLine(line ?? string.Empty);
        return line;
    }

    private string Prompt()
    {
        if (noPrompt)
            return string.Empty;
        var answer = executor.Ask("prompt", nested).FirstOrDefault()?.ToString();
        return string.IsNullOrEmpty(answer) ? "PS>" : answer;
    }

    private static bool IsIncomplete(string statement)
    {
        Parser.ParseInput(statement, out _, out var errors);
        return errors.Any(error => error.IncompleteInput);
    }
}
