using System.Globalization;
using System.Management.Automation.Runspaces;
using System.Text;

namespace QemuPS.Shell.CommandLine;

/// <summary>Reads pwsh's command line. What this shell cannot do is refused, never ignored.</summary>
internal sealed class CommandLineParser
{
    public const string Usage = """
        Usage: qps [[-File] <filePath> [args]]
                   [-Command { - | <string> [<string> ...] }]
                   [-CommandWithArgs <string> [<arg> ...]] [-EncodedCommand <Base64>]
                   [-NoProfile] [-NonInteractive] [-NoLogo] [-NoExit] [-Interactive] [-Login]
                   [-ExecutionPolicy <policy>] [-InputFormat Text] [-OutputFormat Text]
                   [-WorkingDirectory <directoryPath>] [-Version] [-Help]

        All parameters are case-insensitive.
        """;

    private static readonly string[] Policies =
        ["AllSigned", "Bypass", "Default", "RemoteSigned", "Restricted", "Undefined", "Unrestricted"];

    private readonly string[] _words;
    private readonly bool _inputRedirected;
    private readonly List<Switch> _switches;
    private ShellOptions _options = new();
    private int _next;
    private bool _done;

    private CommandLineParser(string[] words, bool inputRedirected)
    {
        _words = words;
        _inputRedirected = inputRedirected;
        _switches = DescribeSwitches();
    }

    public static ShellOptions Parse(string[] words, bool inputRedirected)
        => new CommandLineParser(words, inputRedirected).Parse();

    /// <summary>A switch is known by any beginning of its name that is at least its shortest form.</summary>
    private sealed record Switch(string Name, string Shortest, Action Apply)
    {
        public bool Matches(string word)
            => word.Length >= Shortest.Length && Name.StartsWith(word, StringComparison.OrdinalIgnoreCase);
    }

    private List<Switch> DescribeSwitches() =>
    [
        new("version", "v", () => Finish(_options with { ShowVersion = true, NonInteractive = true, NoExit = false })),
        new("help", "h", () => Finish(_options with { ShowUsage = true })),
        new("?", "?", () => Finish(_options with { ShowUsage = true })),
        new("login", "l", () => { }),
        new("noexit", "noe", () => _options = _options with { NoExit = true }),
        new("noprofile", "nop", () => { }),
        new("nologo", "nol", () => _options = _options with { NoLogo = true }),
        new("noninteractive", "noni", () => _options = _options with { NonInteractive = true }),
        new("noprofileloadtime", "noprofileloadtime", () => { }),
        new("interactive", "i", () => _options = _options with { NonInteractive = false }),
        new("command", "c", ReadCommand),
        new("commandwithargs", "commandwithargs", ReadCommandWithArguments),
        new("cwa", "cwa", ReadCommandWithArguments),
        new("encodedcommand", "e", ReadEncodedCommand),
        new("ec", "ec", ReadEncodedCommand),
        new("file", "f", ReadFile),
        new("executionpolicy", "ex", CheckPolicy),
        new("ep", "ep", CheckPolicy),
        new("inputformat", "inp", () => CheckFormat("-InputFormat")),
        new("if", "if", () => CheckFormat("-InputFormat")),
        new("outputformat", "o", () => CheckFormat("-OutputFormat")),
        new("of", "of", () => CheckFormat("-OutputFormat")),
        new("workingdirectory", "wo", ReadWorkingDirectory),
        new("wd", "wd", ReadWorkingDirectory),
        .. NotOffered("configurationfile", "configurationname", "custompipename", "encodedarguments", "mta",
            "namedpipeservermode", "servermode", "settingsfile", "socketservermode", "sshservermode", "sta",
            "windowstyle"),
    ];

    private static IEnumerable<Switch> NotOffered(params string[] names)
        => names.Select(name => new Switch(name, name, () => throw new UsageException(
            $"The embedded engine does not offer -{name}. Use pwsh for it.")));

    private ShellOptions Parse()
    {
        while (!_done && _next < _words.Length)
            ReadWord(_words[_next++].Trim());
        return _options;
    }

    private void ReadWord(string word)
    {
        if (word.Length == 0)
            throw new UsageException("The argument '' is not recognized as the name of a script file.\n\n" + Usage);

        var known = Dash.IsDash(word[0]) ? Find(word) : null;
        if (known is not null)
        {
            known.Apply();
            return;
        }

        _next--;
        ReadFile();
    }

    private Switch? Find(string word)
    {
        var name = word.Length > 1 && word[1] == word[0] ? word[2..] : word[1..];
        return _switches.Find(candidate => candidate.Matches(name));
    }

    private void Finish(ShellOptions options)
    {
        _options = options;
        _done = true;
    }

    private string Value(string complaint)
        => _next < _words.Length ? _words[_next++] : throw new UsageException(complaint);

    private void ReadCommand()
    {
        var first = Value(MissingCommand);
        if (first == "-")
        {
            ReadCommandsFromInput();
            return;
        }

        Finish(_options with { Command = string.Join(' ', _words[(_next - 1)..]), NoLogo = true });
    }

    private void ReadCommandsFromInput()
    {
        if (_next < _words.Length)
            throw new UsageException("'-' was specified with the -Command parameter; no other arguments to -Command are permitted.");
        if (!_inputRedirected)
            throw new UsageException("'-' was specified as the argument to -Command but standard input has not been redirected for this process.");
        Finish(_options with { CommandsFromInput = true, NoPrompt = true, NoLogo = true });
    }

    private void ReadCommandWithArguments()
    {
        var command = Value(MissingCommand);
        var arguments = _words[_next..].Select(word => new CommandParameter(null, word)).ToList();
        Finish(_options with { Command = command, Arguments = arguments, NoLogo = true });
    }

    private void ReadEncodedCommand()
    {
        try
        {
            var bytes = Convert.FromBase64String(Value(MissingCommand));
            _options = _options with { Command = Encoding.Unicode.GetString(bytes), NoLogo = true };
        }
        catch (FormatException)
        {
            throw new UsageException("Cannot process the command because the value specified with -EncodedCommand is not properly encoded. The value must be Base64 encoded.");
        }
    }

    private void ReadFile()
    {
        var path = Value("The command cannot be run because the File parameter requires a file path. Supply a path for the File parameter and then try the command again.");
        if (path == "-")
        {
            Finish(_options with { CommandsFromInput = true, NoLogo = true });
            return;
        }

        var file = Path.GetFullPath(path.Replace('\\', '/'));
        if (!File.Exists(file))
            throw new UsageException(DescribeUnknown(path));
        Finish(_options with { File = file, Arguments = ScriptArguments.Parse(_words[_next..]), NoLogo = true });
    }

    private string DescribeUnknown(string word)
    {
        var similar = Dash.IsDash(word[0]) && word.Length > 1
            ? _switches.Where(known => known.Name.Contains(word[1..], StringComparison.OrdinalIgnoreCase)).ToList()
            : [];
        if (similar.Count > 0)
            return $"Invalid argument '{word}', did you mean:\n" + string.Concat(similar.Select(known => $"\n  -{known.Name}"));
        return $"The argument '{word}' is not recognized as the name of a script file. Check the spelling of the name, "
            + "or if a path was included, verify that the path is correct and try again.\n\n" + Usage;
    }

    private void CheckPolicy()
    {
        var policy = Value("Cannot process the execution policy because of a missing policy name. A policy name must follow -ExecutionPolicy.");
        if (!Policies.Contains(policy, StringComparer.OrdinalIgnoreCase))
            throw new UsageException(string.Format(CultureInfo.InvariantCulture, "Invalid ExecutionPolicy value '{0}'.", policy));
    }

    private void CheckFormat(string name)
    {
        var format = Value($"Cannot process the command because the {name} parameter requires an argument.");
        if (!format.Equals("Text", StringComparison.OrdinalIgnoreCase))
            throw new UsageException($"The embedded engine knows only the format Text for {name}, not '{format}'.");
    }

    private void ReadWorkingDirectory()
        => _options = _options with
        {
            WorkingDirectory = Value("Cannot process the command because -WorkingDirectory requires an argument that is a directory path."),
        };

    private const string MissingCommand =
        "Cannot process the command because of a missing parameter. A command must follow -Command.";
}
