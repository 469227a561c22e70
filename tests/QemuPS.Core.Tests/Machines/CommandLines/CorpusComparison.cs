using System.Diagnostics;
using QemuPS.Machines;

namespace QemuPS.Tests.Machines.CommandLines;

/// <summary>Reads all lines of the corpus, and asks QEMU about the original and ours of those that are compared, two at a time.</summary>
public sealed class CorpusComparison : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("qps-corpus").FullName;
    private readonly Dictionary<string, CorpusResult> _results = [];
    private TimeSpan _duration;

    internal static IReadOnlyList<CorpusLine> Compared { get; } = [.. CorpusLine.All.Where(line => line.Error is null && line.OnlyParsed is null)];

    internal IReadOnlyList<CorpusResult> Lines => [.. _results.Values];

    internal CorpusResult this[string origin] => _results[origin];

    /// <summary>How many there are of each kind.</summary>
    internal string Summary
    {
        get
        {
            var read = Lines.Where(line => line.Definition is not null).ToList();
            var asked = Lines.Where(line => line.Original is not null).ToList();
            var equal = asked.Count(line => line.Ours is not null && line.IsEqual && line.Line.Differences.Count == 0);
            var reasoned = asked.Count(line => line.Ours is not null && line.Line.Differences.Count > 0);
            return $"{Lines.Count} lines: {read.Count} read ({read.Count(line => line.Definition!.QemuArgument.Count > 0)} of them keep something in QemuArgument), "
                + $"{Lines.Count - read.Count} refused; {asked.Count} compared in {_duration.TotalSeconds:f1} s: {equal} equal, {reasoned} with a reason, "
                + $"{Lines.Count(line => line.Failure is not null)} failed";
        }
    }

    public async Task InitializeAsync()
    {
        foreach (var line in CorpusLine.All) _results.Add(line.Origin, CorpusResult.Read(line, Path.Combine(_folder, $"{_results.Count}")));
        var clock = Stopwatch.StartNew();
        var templates = Directory.CreateDirectory(Path.Combine(_folder, "templates")).FullName;
        await Parallel.ForEachAsync(
            Compared.Select(line => _results[line.Origin]).Where(result => result.Definition is not null),
            new ParallelOptions { MaxDegreeOfParallelism = 2 },
            async (result, _) => await result.CompareAsync(templates));
        _duration = clock.Elapsed;
    }

    public Task DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        return Task.CompletedTask;
    }

}

/// <summary>What became of a line.</summary>
internal sealed class CorpusResult
{
    private readonly string _folder;
    private readonly QemuInvocation? _invocation;

    private CorpusResult(CorpusLine line, string folder, QemuInvocation? invocation, VmDefinition? definition, QemuException? error)
    {
        Line = line;
        _folder = folder;
        _invocation = invocation;
        Definition = definition;
        Error = error;
    }

    public CorpusLine Line { get; }

    public VmDefinition? Definition { get; private set; }

    public QemuException? Error { get; }

    public MachineFacts? Original { get; private set; }

    public MachineFacts? Ours { get; private set; }

    public string? Failure { get; private set; }

    public bool IsEqual => Original!.Drives.SequenceEqual(Ours!.Drives) && Original.Processors.SequenceEqual(Ours.Processors) && Original.Memory == Ours.Memory && !DeviceDifferences.Any();

    public IEnumerable<string> DeviceDifferences =>
        Without(Ours!.Devices, Original!.Devices).Select(device => $"+{device}").Concat(Without(Original.Devices, Ours.Devices).Select(device => $"-{device}"));

    public static CorpusResult Read(CorpusLine line, string folder)
    {
        Directory.CreateDirectory(folder);
        try
        {
            var invocation = ShellScript.Read(line.Script, new ShellVariables(new Dictionary<string, string>(), folder), NoFeedback.Instance)[0];
            return new CorpusResult(line, folder, invocation, ReadDefinition(line, folder), null);
        }
        catch (QemuException error)
        {
            return new CorpusResult(line, folder, null, null, error);
        }
    }

    public async Task CompareAsync(string templates)
    {
        try
        {
            CorpusFiles.Make(Definition!, _folder, templates);
            // Now that the images are there, their formats can be seen.
            Definition = ReadDefinition(Line, _folder);
            string[] original = QemuProgram.ArchitectureOf(_invocation!.Program.Text) == "i386" && !Line.Script.Contains("-cpu", StringComparison.Ordinal) ? ["-cpu", "qemu32"] : [];
            Original = await MachineFacts.AskAsync([.. HereAdaptation.Adapt([.. _invocation.Arguments.Select(word => word.Text)]), .. original], _folder);
            var ours = CommandLineBuilder.Build(Definition, new RuntimeFolder(new VmStore(_folder), Definition.Name), VmAccelerator.Tcg, []);
            Ours = await MachineFacts.AskAsync(HereAdaptation.Adapt(ours), _folder);
        }
        catch (Exception error) when (error is InvalidOperationException or QemuException or TimeoutException)
        {
            Failure = $"{(Original is null ? "The original" : "Ours")}: {error.Message}";
        }
    }

    private static VmDefinition ReadDefinition(CorpusLine line, string folder) =>
        CommandLineReader.ReadScript(line.Script, new CommandLineSource("corpus.sh", folder), NoFeedback.Instance)[0];

    private static List<string> Without(IEnumerable<string> devices, IEnumerable<string> others)
    {
        var left = devices.ToList();
        foreach (var other in others) left.Remove(other);
        return left;
    }
}
