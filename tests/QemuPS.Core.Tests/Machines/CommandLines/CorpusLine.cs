using System.Runtime.CompilerServices;

namespace QemuPS.Tests.Machines.CommandLines;

/// <summary>A command line of the corpus (tests/fixtures/command-lines/corpus.txt).</summary>
/// <param name="Origin">Where it was found.</param>
/// <param name="Script">The text.</param>
/// <param name="OnlyParsed">Why QEMU cannot run it here; null where it can.</param>
/// <param name="Error">The error that it ends with; null for none.</param>
/// <param name="Differences">Device classes that only ours (+) or only the original (-) has, for a reason.</param>
internal sealed record CorpusLine(string Origin, string Script, string? OnlyParsed, ErrorId? Error, IReadOnlyList<string> Differences)
{
    public static IReadOnlyList<CorpusLine> All { get; } = [.. File.ReadAllText(PathOf()).Split("\n= ").Skip(1).Select(Parse)];

    public override string ToString() => Origin;

    private static CorpusLine Parse(string block)
    {
        var lines = block.TrimEnd('\n').Split('\n');
        var directives = lines.Skip(1).TakeWhile(line => line.StartsWith('!')).Select(line => line[2..].Split(' ', 2)).ToList();
        var script = string.Join('\n', lines.Skip(1 + directives.Count)) + "\n";
        string? Find(string name) => directives.FirstOrDefault(directive => directive[0] == name)?[1].Trim();
        var differs = Find("differs")?.Split(':')[0].Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? [];
        return new CorpusLine(lines[0], script, Find("parse"), Find("error") is { } error ? Enum.Parse<ErrorId>(error) : null, differs);
    }

    private static string PathOf([CallerFilePath] string path = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(path)!, "../../../fixtures/command-lines/corpus.txt"));
}
