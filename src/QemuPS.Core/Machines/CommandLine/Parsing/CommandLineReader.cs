namespace QemuPS.Machines;

/// <summary>Where a command line comes from.</summary>
/// <param name="Name">What errors call it; null for a text without a name.</param>
/// <param name="Folder">The folder that relative paths mean.</param>
public sealed record CommandLineSource(string? Name, string Folder)
{
    /// <summary>Values of variables that the script does not assign.</summary>
    public IReadOnlyDictionary<string, string> Variables { get; init; } = new Dictionary<string, string>();

    /// <summary>The machine's name; null to take it from the command or the source.</summary>
    public string? VmName { get; init; }
}

/// <summary>
/// Reads the command lines that people keep in shell scripts and makes definitions of them. Nothing of a script is run.
/// What a definition has no property for is kept in its <see cref="VmDefinition.QemuArgument"/> and named in a warning.
/// </summary>
public static class CommandLineReader
{
    /// <summary>The machines that a script starts.</summary>
    /// <param name="text">The script.</param>
    /// <param name="source">Where it comes from.</param>
    /// <param name="feedback">Hears what is kept and what is left out.</param>
    /// <exception cref="QemuException"><see cref="ErrorId.InvalidCommandLine"/>, <see cref="ErrorId.UnsupportedShellSyntax"/>,
    /// <see cref="ErrorId.UnknownVariable"/>, <see cref="ErrorId.NotSupported"/>, <see cref="ErrorId.InvalidDefinition"/>, each with the line and the column.</exception>
    public static IReadOnlyList<VmDefinition> ReadScript(string text, CommandLineSource source, IFeedback feedback)
    {
        ArgumentNullException.ThrowIfNull(source);
        var found = ShellScript.Read(text, new ShellVariables(source.Variables, source.Folder), feedback);
        if (found.Count == 0)
        {
            throw new QemuException(ErrorId.InvalidCommandLine, $"{source.Name ?? "The text"} starts no QEMU.", "The command has to begin with qemu-system-x86_64, or with sudo, exec or the like and that.");
        }

        return [.. found.Select(invocation => Read(invocation, source, feedback))];
    }

    /// <summary>The machine that a command of separate words starts; nothing in them means anything to a shell.</summary>
    /// <param name="words">The program and its arguments.</param>
    /// <param name="source">Where they come from.</param>
    /// <param name="feedback">Hears what is kept and what is left out.</param>
    public static VmDefinition ReadWords(IReadOnlyList<string> words, CommandLineSource source, IFeedback feedback)
    {
        ArgumentNullException.ThrowIfNull(source);
        var placed = words.Select((word, number) => new ScriptWord(word, new ScriptPosition(0, number + 1))).ToList();
        var program = QemuProgram.Find(placed);
        if (program < 0) throw new QemuException(ErrorId.InvalidCommandLine, "The words start no QEMU.", "The first has to be qemu-system-x86_64.");
        return Read(new QemuInvocation(placed[program], placed[(program + 1)..], source.Folder), source, feedback);
    }

    /// <summary>The word is a QEMU's name, with or without its folder.</summary>
    public static bool IsProgram(string word) => QemuProgram.IsQemu(word);

    private static VmDefinition Read(QemuInvocation invocation, CommandLineSource source, IFeedback feedback)
    {
        var architecture = QemuProgram.ArchitectureOf(invocation.Program.Text);
        var draft = new MachineDraft(new ScriptPaths(invocation.Folder), feedback);
        if (QemuProgram.ImpliesKvm(invocation.Program.Text)) draft.Accelerator = VmAccelerator.Kvm;
        draft.Shares.Daemons = invocation.Shares;
        var options = QemuArguments.Parse(invocation.Arguments);
        if (architecture is not ("x86_64" or "i386"))
        {
            throw invocation.Program.Position.Error(ErrorId.NotSupported, $"'{invocation.Program.Text}' emulates {architecture}; QemuPS runs x86_64 machines.");
        }

        foreach (var option in options) QemuOptions.Find(option.Name)!.Read(draft, option);
        // The 32-bit program is the same machine with another processor.
        if (architecture == "i386") draft.CpuModel ??= "qemu32";
        return new DefinitionAssembly(draft, source, feedback).Assemble();
    }
}
