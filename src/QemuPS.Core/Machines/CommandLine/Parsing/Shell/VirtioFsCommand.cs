namespace QemuPS.Machines;

/// <summary>A virtiofsd that a script starts beside QEMU: QEMU knows its socket, and only its own command knows the folder.</summary>
/// <param name="Socket">The socket's full path.</param>
/// <param name="Folder">The folder's full path.</param>
/// <param name="ReadOnly">The guest cannot write to it.</param>
internal sealed record VirtioFsCommand(string Socket, string Folder, bool ReadOnly)
{
    private const string Program = "virtiofsd";

    /// <summary>The word is its name.</summary>
    public static bool IsProgram(string? word) => word is not null && Path.GetFileName(word) == Program;

    /// <summary>Reads a command, of the one in C or the one in Rust; null where it does not say all of it.</summary>
    /// <param name="words">The words, whatever is before the program.</param>
    /// <param name="folder">The folder that relative paths mean.</param>
    public static VirtioFsCommand? Read(IReadOnlyList<string> words, string folder)
    {
        var arguments = words.SkipWhile(word => !IsProgram(word)).Skip(1).SelectMany(word => word.StartsWith("--", StringComparison.Ordinal) ? word.Split('=', 2) : [word]).ToList();
        var options = Values("-o").SelectMany(value => value.Split(','));
        var source = Values("--shared-dir").LastOrDefault() ?? options.LastOrDefault(option => option.StartsWith("source=", StringComparison.Ordinal))?["source=".Length..];
        return Values("--socket-path").LastOrDefault() is { } socket && source is not null
            ? new VirtioFsCommand(Path.GetFullPath(socket, folder), Path.GetFullPath(source, folder), arguments.Contains("--readonly"))
            : null;

        IEnumerable<string> Values(string name) => arguments.Zip(arguments.Skip(1)).Where(pair => pair.First == name).Select(pair => pair.Second);
    }
}
