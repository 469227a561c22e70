using System.Collections.ObjectModel;
using System.Management.Automation;
using System.Management.Automation.Host;
using System.Security;

namespace QemuPS.Shell.Hosting;

/// <summary>
/// Where the engine's streams go. As in pwsh only errors go to standard error; warnings, verbose and debug lines
/// share standard output with the result, since the console shows them in order.
/// </summary>
internal sealed class ShellUserInterface(Terminal terminal, LineReader reader, bool interactive) : PSHostUserInterface
{
    private readonly Lock _writing = new();
    private readonly ProgressLine _progress = new(terminal);

    public override PSHostRawUserInterface RawUI { get; } = new ShellRawUserInterface(terminal);

    public override bool SupportsVirtualTerminal { get; } = terminal.OutputIsTerminal && terminal.ColoursWanted;

    private Prompts Prompts => field ??= interactive
        ? new Prompts(this, reader)
        : throw new PSInvalidOperationException("PowerShell is in NonInteractive mode. Read and Prompt functionality is not available.");

    public override void Write(string value) => WriteTo(Console.Out, GetOutputString(value, SupportsVirtualTerminal));

    public override void WriteLine() => WriteTo(Console.Out, Environment.NewLine);

    public override void WriteLine(string value) => Write(value + Environment.NewLine);

    public override void Write(ConsoleColor foregroundColor, ConsoleColor backgroundColor, string value)
        => Write(SupportsVirtualTerminal ? Colour(foregroundColor, backgroundColor) + value + PSStyle.Instance.Reset : value);

    public override void WriteErrorLine(string value)
    {
        // The formatter sends an empty line after each error; pwsh leaves it out.
        if (string.IsNullOrEmpty(value))
            return;
        var coloured = terminal.ErrorIsTerminal && terminal.ColoursWanted;
        WriteTo(Console.Error, GetOutputString(value, coloured) + Environment.NewLine);
    }

    public override void WriteWarningLine(string message) => WriteStyled(FormatStyle.Warning, "WARNING: " + message);

    public override void WriteVerboseLine(string message) => WriteStyled(FormatStyle.Verbose, "VERBOSE: " + message);

    public override void WriteDebugLine(string message) => WriteStyled(FormatStyle.Debug, "DEBUG: " + message);

    public override void WriteProgress(long sourceId, ProgressRecord record)
    {
        lock (_writing)
            _progress.Update(sourceId, record);
    }

    public void ResetProgress()
    {
        lock (_writing)
            _progress.Reset();
    }

    public override string ReadLine() => Prompts.ReadLine();

    public override SecureString ReadLineAsSecureString() => Prompts.ReadSecret();

    public override Dictionary<string, PSObject> Prompt(string caption, string message, Collection<FieldDescription> descriptions)
        => Prompts.AskFields(caption, message, descriptions);

    public override int PromptForChoice(string caption, string message, Collection<ChoiceDescription> choices, int defaultChoice)
        => Prompts.AskChoice(caption, message, choices, defaultChoice);

    public override PSCredential PromptForCredential(string caption, string message, string userName, string targetName)
        => Prompts.AskCredential(caption, message, userName);

    public override PSCredential PromptForCredential(
        string caption,
        string message,
        string userName,
        string targetName,
        PSCredentialTypes allowedCredentialTypes,
        PSCredentialUIOptions options)
        => Prompts.AskCredential(caption, message, userName);

    // A colour outside the sixteen means: as the terminal has it.
    private static string Colour(ConsoleColor foreground, ConsoleColor background)
        => (Enum.IsDefined(foreground) ? PSStyle.MapForegroundColorToEscapeSequence(foreground) : "")
            + (Enum.IsDefined(background) ? PSStyle.MapBackgroundColorToEscapeSequence(background) : "");

    private void WriteStyled(FormatStyle style, string line)
        => WriteLine(SupportsVirtualTerminal ? GetFormatStyleString(style) + line + PSStyle.Instance.Reset : line);

    private void WriteTo(TextWriter writer, string value)
    {
        lock (_writing)
        {
            _progress.Hide();
            writer.Write(value);
        }
    }
}
