namespace QemuPS.Machines;

/// <summary>A command that starts QEMU, with every word as QEMU would get it.</summary>
/// <param name="Program">The program.</param>
/// <param name="Arguments">Its arguments.</param>
/// <param name="Folder">The folder it would be started in.</param>
internal sealed record QemuInvocation(ScriptWord Program, IReadOnlyList<ScriptWord> Arguments, string Folder)
{
    /// <summary>What the script has started to share folders, up to there.</summary>
    public IReadOnlyList<VirtioFsCommand> Shares { get; init; } = [];
}

/// <summary>
/// Finds the commands that start QEMU in a script. Assignments are followed, other simple commands are passed over, and
/// nothing is ever run: what only a shell could tell is an error with its place.
/// </summary>
internal sealed class ShellScript
{
    private static readonly HashSet<string> Keywords = new(StringComparer.Ordinal)
    {
        "if", "then", "elif", "else", "fi", "for", "while", "until", "do", "done", "case", "esac", "select", "function", "{", "}", "[[", "!", "eval",
    };

    private static readonly HashSet<string> Declarations = new(StringComparer.Ordinal) { "export", "declare", "local", "readonly", "typeset" };

    private readonly IEnumerator<ShellToken> _tokens;
    private readonly ShellVariables _variables;
    private readonly IFeedback _feedback;
    private readonly List<QemuInvocation> _found = [];
    private readonly List<VirtioFsCommand> _shares = [];
    private ShellToken? _token;

    private ShellScript(string text, ShellVariables variables, IFeedback feedback)
    {
        _tokens = ShellLexer.Read(text).GetEnumerator();
        _variables = variables;
        _feedback = feedback;
    }

    /// <summary>The commands, in the order of the script.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.InvalidCommandLine"/>, <see cref="ErrorId.UnsupportedShellSyntax"/>, <see cref="ErrorId.UnknownVariable"/></exception>
    public static IReadOnlyList<QemuInvocation> Read(string text, ShellVariables variables, IFeedback feedback)
    {
        var script = new ShellScript(text, variables, feedback);
        try
        {
            script.ReadCommands();
        }
        catch (QemuException error) when (script._found.Count > 0 && error.Id == ErrorId.UnsupportedShellSyntax)
        {
            // What follows a machine is mostly about its end.
            feedback.Warning($"The script was read up to here. {error.Message}");
        }

        return script._found;
    }

    private void ReadCommands()
    {
        Advance();
        while (_token is not null)
        {
            if (_token is NewlineToken or OperatorToken { Text: ";" or "&" or "&&" or "||" }) Advance();
            else ReadCommand();
        }
    }

    private void ReadCommand()
    {
        var start = _token!.Position;
        var command = new SimpleCommand();
        while (_token is not (null or NewlineToken))
        {
            if (_token is WordToken word) ReadWord(command, word);
            else if (!ReadOperator(command, (OperatorToken)_token)) break;
        }

        var piped = _token is OperatorToken { Text: "|" or "|&" };
        if (piped) throw _token!.Position.Error(ErrorId.UnsupportedShellSyntax, "a pipe is not followed. Give the QEMU command alone.");
        Finish(command, start);
        if (_token is OperatorToken { Text: "&" }) _feedback.Verbose($"{_token.Position}: the '&' is left out; a machine always runs on its own.");
    }

    private void ReadWord(SimpleCommand command, WordToken word)
    {
        if (command.Words.Count == 0 && word.Plain is { } plain && Keywords.Contains(plain))
        {
            throw word.Position.Error(ErrorId.UnsupportedShellSyntax, $"'{plain}' needs a shell to run it; only plain commands and assignments are read. Give the QEMU command alone.");
        }

        Advance();
        if (ShellAssignment.Find(word) is { } assignment && (command.Words.Count == 0 || command.IsDeclaration))
        {
            command.Assignments.Add(_token is OperatorToken { Text: "(", Adjacent: true } && assignment.Value.Count == 0 ? ReadArray(assignment) : assignment);
            return;
        }

        command.Words.Add(word);
        command.IsDeclaration |= command.Words.Count == 1 && word.Plain is { } name && Declarations.Contains(name);
    }

    private ShellAssignment ReadArray(ShellAssignment assignment)
    {
        var open = _token!.Position;
        var elements = new List<WordToken>();
        for (Advance(); _token is not OperatorToken { Text: ")" }; Advance())
        {
            if (_token is null) throw open.Error(ErrorId.InvalidCommandLine, "the ( is not closed.");
            if (_token is WordToken element) elements.Add(element);
            else if (_token is OperatorToken other) throw other.Position.Error(ErrorId.InvalidCommandLine, $"'{other.Text}' cannot stand in an array; put it in quotes.");
        }

        Advance();
        return assignment with { Elements = elements };
    }

    // False where the operator ends the command.
    private bool ReadOperator(SimpleCommand command, OperatorToken token)
    {
        switch (token.Text)
        {
            case ";" or "&" or "&&" or "||" or "|" or "|&":
                return false;
            case "(" or ")" or ";;":
                var what = token.Text == "(" && command.Words.Count == 1 ? "a function" : $"'{token.Text}'";
                throw token.Position.Error(ErrorId.UnsupportedShellSyntax, $"{what} needs a shell to run it; only plain commands and assignments are read. Give the QEMU command alone.");
            case "<<" or "<<-" or "<<<":
                throw token.Position.Error(ErrorId.UnsupportedShellSyntax, $"a here-document '{token.Text}' is not read.");
        }

        // 2>&1: the number before it belongs to it.
        if (token.Adjacent && command.Words is [.., { Plain: { Length: > 0 } number }] && number.All(char.IsAsciiDigit)) command.Words.RemoveAt(command.Words.Count - 1);
        Advance();
        if (_token is not WordToken) throw token.Position.Error(ErrorId.InvalidCommandLine, $"'{token.Text}' names no file.");
        command.Redirections.Add(token);
        Advance();
        return true;
    }

    private void Finish(SimpleCommand command, ScriptPosition start)
    {
        if (command.Words.Count == 0 || command.IsDeclaration)
        {
            foreach (var assignment in command.Assignments) assignment.Apply(_variables);
            return;
        }

        var name = _variables.Expand(command.Words[0]).FirstOrDefault()?.Text ?? "";
        if (name.StartsWith('-')) throw BrokenLine(start, name);
        if (MayStartQemu(command, name) && Expand(command) is var words && QemuProgram.Find(words) is >= 0 and var program)
        {
            AddQemu(command, words, program);
            return;
        }

        if (command.Words.Exists(word => VirtioFsCommand.IsProgram(word.Plain))) AddShare(command, start);
        else PassOver(command, name, start);
    }

    private void AddShare(SimpleCommand command, ScriptPosition start)
    {
        try
        {
            if (VirtioFsCommand.Read([.. Expand(command).Select(word => word.Text)], _variables.Folder) is not { } share) return;
            _shares.Add(share);
            _feedback.Verbose($"{start}: virtiofsd is not run; a machine that shares '{share.Folder}' starts its own.");
        }
        catch (QemuException error) when (error.Id is ErrorId.UnknownVariable or ErrorId.UnsupportedShellSyntax)
        {
            // Only a shell knows what it shares. What QEMU has of it is kept.
            _feedback.Verbose($"{start}: what virtiofsd shares is not known here. {error.Message}");
        }
    }

    // Other commands may use what only a shell knows; it need not be known here.
    private static bool MayStartQemu(SimpleCommand command, string name) =>
        QemuProgram.IsQemu(name) || QemuProgram.Find([new ScriptWord(name, default), new ScriptWord("qemu", default)]) >= 0 || command.Words.Count == 0;

    private List<ScriptWord> Expand(SimpleCommand command) => [.. command.Words.SelectMany(_variables.Expand)];

    private void AddQemu(SimpleCommand command, List<ScriptWord> words, int program)
    {
        var place = words[program].Position;
        if (program > 0) _feedback.Verbose($"{place}: '{string.Join(' ', words.Take(program).Select(word => word.Text))}' before QEMU is left out.");
        foreach (var assignment in command.Assignments)
        {
            _feedback.Warning($"{assignment.Position}: the environment variable '{assignment.Name}' is not kept; machines get this shell's environment.");
        }

        foreach (var redirection in command.Redirections) _feedback.Verbose($"{redirection.Position}: the redirection is left out; QEMU's words go to the machine's log.");
        _found.Add(new QemuInvocation(words[program], words[(program + 1)..], _variables.Folder) { Shares = [.. _shares] });
    }

    private void PassOver(SimpleCommand command, string name, ScriptPosition start)
    {
        switch (name)
        {
            case "cd" when command.Words.Count == 2:
                _variables.Folder = Path.GetFullPath(_variables.ExpandToOne(command.Words[1].Pieces), _variables.Folder);
                return;
            case "unset":
                foreach (var word in command.Words.Skip(1)) _variables.Unset(_variables.ExpandToOne(word.Pieces));
                return;
            case ":":
                // : "${VAR:=value}" is an assignment.
                foreach (var word in command.Words.Skip(1)) _variables.ExpandToOne(word.Pieces);
                return;
            case "set" or "shopt" or "true" or "":
                return;
            default:
                _feedback.Verbose($"{start}: '{name}' is not QEMU; it is not run and has no part in the machine.");
                return;
        }
    }

    private static QemuException BrokenLine(ScriptPosition start, string name) => start.Error(
        ErrorId.InvalidCommandLine,
        $"'{name}' stands where a command begins: the command before ends without a '\\', with blanks behind it, or with a comment.",
        "Let every line but the last end with a backslash, and move comments before the command.");

    private void Advance() => _token = _tokens.MoveNext() ? _tokens.Current : null;

    private sealed class SimpleCommand
    {
        public List<ShellAssignment> Assignments { get; } = [];

        public List<WordToken> Words { get; } = [];

        public List<OperatorToken> Redirections { get; } = [];

        public bool IsDeclaration { get; set; }
    }
}
