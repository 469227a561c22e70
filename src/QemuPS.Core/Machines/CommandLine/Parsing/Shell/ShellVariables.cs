using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace QemuPS.Machines;

/// <summary>
/// The variables of a script and what words become with them. Nothing comes from this process's environment but the home
/// folder: what a script takes from elsewhere is named in an error, and can be given.
/// </summary>
internal sealed partial class ShellVariables
{
    private readonly Dictionary<string, List<string>> _values = new(StringComparer.Ordinal);
    private readonly Dictionary<string, QemuException> _unknowable = new(StringComparer.Ordinal);
    private readonly IReadOnlyDictionary<string, string> _given;
    private readonly string _scriptFolder;

    /// <summary>The variables before the first line.</summary>
    /// <param name="given">Values that win over the script's own.</param>
    /// <param name="scriptFolder">Where the script lies.</param>
    public ShellVariables(IReadOnlyDictionary<string, string> given, string scriptFolder)
    {
        _given = given;
        _scriptFolder = Folder = scriptFolder;
    }

    /// <summary>The current folder of the script.</summary>
    public string Folder { get; set; }

    private static string Home => Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);

    /// <summary>The text can be a variable's name.</summary>
    public static bool IsName(string text) => Name().IsMatch(text);

    /// <summary>Assigns to a variable, or appends.</summary>
    public void Assign(string name, IReadOnlyList<string> values, bool append, bool isArray)
    {
        _unknowable.Remove(name);
        if (!append || !_values.TryGetValue(name, out var old)) _values[name] = [.. values];
        else if (isArray) old.AddRange(values);
        else if (old.Count == 0) old.AddRange(values);
        else old[0] += values[0];
    }

    /// <summary>A value that only running the script would tell: the error comes when the variable is used.</summary>
    public void AssignUnknowable(string name, QemuException error)
    {
        _values.Remove(name);
        _unknowable[name] = error;
    }

    /// <summary>Forgets a variable.</summary>
    public void Unset(string name)
    {
        _values.Remove(name);
        _unknowable.Remove(name);
    }

    /// <summary>The text of a word where it cannot be split: an assignment's value.</summary>
    public string ExpandToOne(IReadOnlyList<ShellPiece> pieces) => string.Concat(pieces.Select(piece => string.Join(' ', ValuesOf(piece))));

    /// <summary>The words that a word becomes: none, one or several (2.6, Word Expansions).</summary>
    public IEnumerable<ScriptWord> Expand(WordToken word)
    {
        var current = new StringBuilder();
        var exists = false;
        // "" is an empty word, "${args[@]}" of nothing is none.
        var isList = word.Pieces.Any(piece => piece is VariablePiece { Index: "@" } or VariablePiece { Name: "@" });
        foreach (var piece in word.Pieces)
        {
            var values = ValuesOf(piece);
            if (piece is not LiteralPiece && !piece.Quoted) values = [.. values.SelectMany(value => Split(value))];
            exists |= values.Count > 0 && ((piece.Quoted && !(isList && piece is LiteralPiece)) || values[0].Length > 0);
            for (var number = 0; number < values.Count; number++)
            {
                if (number > 0)
                {
                    yield return new ScriptWord(current.ToString(), word.Position);
                    current.Clear();
                }

                current.Append(values[number]);
            }
        }

        if (exists || current.Length > 0) yield return new ScriptWord(current.ToString(), word.Position);
    }

    private static string[] Split(string value) => value.Split([' ', '\t', '\n'], StringSplitOptions.RemoveEmptyEntries);

    private List<string> ValuesOf(ShellPiece piece) => piece switch
    {
        LiteralPiece literal => [literal.Text],
        TildePiece => [Home],
        CommandPiece command => [FolderOfScript(command)],
        VariablePiece variable => ValuesOf(variable),
        _ => throw new InvalidOperationException($"Unknown piece {piece}."),
    };

    private List<string> ValuesOf(VariablePiece piece)
    {
        var values = Find(piece);
        var isSet = values is not null && (piece.Operator?[0] != ':' || values.Any(value => value.Length > 0));
        switch (piece.Operator?[^1])
        {
            case '-' when !isSet:
                return [ExpandToOne(piece.Operand)];
            case '=' when !isSet:
                Assign(piece.Name, [ExpandToOne(piece.Operand)], append: false, isArray: false);
                return _values[piece.Name];
            case '+':
                return isSet ? [ExpandToOne(piece.Operand)] : [];
            default:
                return Pick(piece, values ?? throw Unknown(piece));
        }
    }

    private List<string>? Find(VariablePiece piece)
    {
        if (_given.TryGetValue(piece.Name, out var given)) return [given];
        if (_values.TryGetValue(piece.Name, out var values)) return values;
        if (_unknowable.TryGetValue(piece.Name, out var error)) throw error;
        return piece.Name switch
        {
            "HOME" => [Home],
            "PWD" => [Folder],
            // The script is read as if it had been started without arguments.
            "@" or "*" => [],
            _ => null,
        };
    }

    private static List<string> Pick(VariablePiece piece, List<string> values)
    {
        if (piece.Index == "*" && piece.Quoted) return [string.Join(' ', values)];
        if (piece.Index is "@" or "*" || piece.Name is "@" or "*") return values;
        var index = 0;
        if (piece.Index is { } text && !int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out index))
        {
            throw piece.Position.Error(ErrorId.UnsupportedShellSyntax, $"the index '[{text}]' is not computed.");
        }

        return index < values.Count ? [values[index]] : [""];
    }

    private static QemuException Unknown(VariablePiece piece) => piece.Position.Error(
        ErrorId.UnknownVariable,
        $"the variable '{piece.Name}' has no value in this script.",
        $"Give it: -Variable @{{ '{piece.Name}' = 'VALUE' }}");

    // The one command that is understood without being run, because every other script begins with it.
    private string FolderOfScript(CommandPiece piece) => ScriptFolder().IsMatch(piece.Text)
        ? _scriptFolder
        : throw piece.Position.Error(
            ErrorId.UnsupportedShellSyntax,
            $"the command substitution '$({piece.Text})' is not run.",
            "Put its output in its place, or assign it to a variable and give that with -Variable.");

    [GeneratedRegex(@"^[A-Za-z_][A-Za-z0-9_]*$")]
    private static partial Regex Name();

    [GeneratedRegex(@"^(cd\s+""?\$\(\s*)?dirname\s+(--\s+)?""?(\$0|\$\{0\}|\$BASH_SOURCE|\$\{BASH_SOURCE(\[0\])?\})""?(\s*\)""?\s*(>\s*/dev/null(\s+2>&1)?\s*)?(&&|;)\s*pwd(\s+-P)?)?$|^pwd$")]
    private static partial Regex ScriptFolder();
}
