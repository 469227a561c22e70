using System.Collections;
using System.Collections.ObjectModel;
using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Host;
using System.Security;

namespace QemuPS.Shell.Hosting;

/// <summary>The questions the engine asks: missing parameters, confirmation, credentials. Worded as pwsh words them.</summary>
internal sealed class Prompts(PSHostUserInterface ui, LineReader reader)
{
    public string ReadLine()
    {
        var answer = reader.ReadLine() ?? throw EndOfInput();
        if (!reader.Echoes)
            ui.WriteLine(answer);
        return answer;
    }

    public SecureString ReadSecret()
    {
        var answer = reader.ReadSecret() ?? throw EndOfInput();
        if (!reader.Echoes)
            ui.WriteLine();
        return answer;
    }

    public Dictionary<string, PSObject> AskFields(string caption, string message, Collection<FieldDescription> fields)
    {
        WriteHeading(caption, message);
        if (fields.Any(field => !string.IsNullOrEmpty(field.HelpMessage)))
            ui.WriteLine("(Type !? for Help.)");
        return fields.ToDictionary(field => field.Name, AskField);
    }

    public int AskChoice(string caption, string message, Collection<ChoiceDescription> choices, int defaultChoice)
    {
        WriteHeading(caption, message);
        var labels = choices.Select(ChoiceLabel.Parse).ToList();
        while (true)
        {
            ui.Write(DescribeChoices(labels, defaultChoice));
            var answer = ReadLine().Trim();
            if (answer.Length == 0 && defaultChoice >= 0)
                return defaultChoice;
            if (answer == "?")
                ExplainChoices(labels, choices);
            else if (labels.FindIndex(label => label.IsAnsweredBy(answer)) is >= 0 and var picked)
                return picked;
        }
    }

    public PSCredential AskCredential(string caption, string message, string userName)
    {
        WriteHeading(caption, message);
        if (string.IsNullOrEmpty(userName))
        {
            ui.Write("User: ");
            userName = ReadLine();
        }

        ui.Write($"Password for user {userName}: ");
        return new PSCredential(userName, ReadSecret());
    }

    private static PromptingException EndOfInput() => new(
        "The prompt was canceled: standard input has ended.", null, "PromptCanceled", ErrorCategory.OperationStopped);

    private void WriteHeading(string caption, string message)
    {
        if (!string.IsNullOrEmpty(caption))
        {
            ui.WriteLine();
            ui.WriteLine(caption);
        }

        if (!string.IsNullOrEmpty(message))
            ui.WriteLine(message);
    }

    private PSObject AskField(FieldDescription field)
    {
        var type = FieldType(field);
        if (!typeof(IList).IsAssignableFrom(type))
            return PSObject.AsPSObject(AskValue(field, type, field.Name)!);

        var element = type.GetElementType() ?? typeof(object);
        var values = new List<object>();
        while (AskValue(field, element, string.Create(CultureInfo.InvariantCulture, $"{field.Name}[{values.Count}]")) is { } value && !IsEndOfList(value))
            values.Add(value);
        return PSObject.AsPSObject(LanguagePrimitives.ConvertTo(values, type, CultureInfo.InvariantCulture));
    }

    private static bool IsEndOfList(object value)
        => value is string { Length: 0 } or SecureString { Length: 0 };

    // The full name is only there when the engine could tell it; text is what a person can type for anything.
    private static Type FieldType(FieldDescription field)
        => LanguagePrimitives.TryConvertTo<Type>(field.ParameterTypeFullName, out var type) ? type : typeof(string);

    private object? AskValue(FieldDescription field, Type type, string label)
    {
        if (type == typeof(PSCredential))
        {
            ui.WriteLine(label);
            return AskCredential(string.Empty, string.Empty, string.Empty);
        }

        while (true)
        {
            ui.Write(label + ": ");
            if (type == typeof(SecureString))
                return ReadSecret();
            if (TryAnswer(field, type, ReadLine(), out var value))
                return value;
        }
    }

    private bool TryAnswer(FieldDescription field, Type type, string answer, out object? value)
    {
        value = null;
        if (answer == "!?")
        {
            ui.WriteLine(string.IsNullOrEmpty(field.HelpMessage) ? $"No help is available for {field.Name}." : field.HelpMessage);
            return false;
        }

        // An empty answer ends a list and is left to the parameter's own validation otherwise.
        if (answer.Length == 0)
        {
            value = string.Empty;
            return true;
        }

        if (LanguagePrimitives.TryConvertTo(answer, type, CultureInfo.CurrentCulture, out value))
            return true;
        ui.WriteLine($"Cannot recognize \"{answer}\" as a {type.FullName} due to a format error.");
        return false;
    }

    private string DescribeChoices(List<ChoiceLabel> labels, int defaultChoice)
    {
        var line = string.Empty;
        var text = string.Empty;
        var tail = defaultChoice >= 0 ? $"(default is \"{labels[defaultChoice].Key}\"): " : ": ";
        foreach (var part in labels.Select(label => $"[{label.Hotkey}] {label.Text}  ").Append("[?] Help ").Append(tail))
        {
            if (line.Length + part.Length > ui.RawUI.WindowSize.Width - 1)
            {
                text += line.TrimEnd() + Environment.NewLine;
                line = string.Empty;
            }

            line += part;
        }

        return text + line;
    }

    private void ExplainChoices(List<ChoiceLabel> labels, Collection<ChoiceDescription> choices)
    {
        foreach (var (label, choice) in labels.Zip(choices))
            ui.WriteLine($"{label.Key} - {choice.HelpMessage}");
    }
}
