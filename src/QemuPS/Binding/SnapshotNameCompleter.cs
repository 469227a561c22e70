using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using QemuPS.Disks;
using QemuPS.Machines;

namespace QemuPS.Binding;

/// <summary>Completes the names of a machine's snapshots, or of those inside of an image.</summary>
public sealed class SnapshotNameCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        var pattern = WildcardPattern.Get((wordToComplete ?? "").Trim('\'', '"') + "*", WildcardOptions.IgnoreCase);
        return Snapshots(fakeBoundParameters).Where(snapshot => pattern.IsMatch(snapshot.Name)).DistinctBy(snapshot => snapshot.Name).Select(Complete);
    }

    private static CompletionResult Complete(QemuSnapshot snapshot) => new(
        Processes.ShellQuoting.PowerShell(snapshot.Name),
        snapshot.Name,
        CompletionResultType.ParameterValue,
        $"{snapshot.Name}, {snapshot.CreationTime:yyyy-MM-dd HH:mm}{(snapshot.Description is { } description ? $": {description}" : "")}");

    private static IEnumerable<QemuSnapshot> Snapshots(IDictionary given)
    {
        try
        {
            return Text(given, "Vm", "VmName", "Name") is { } name ? OfMachines(name) : Text(given, "Path", "LiteralPath") is { } path ? OfImage(path) : [];
        }
        catch (QemuException)
        {
            // What cannot be read has no names to offer; the command itself will say why.
            return [];
        }
    }

    private static IEnumerable<QemuSnapshot> OfMachines(string name) =>
        MachineSelection.NamedOrNone(name).SelectMany(machine => MachineSnapshotReader.ReadAsync(machine, NoFeedback.Instance, CancellationToken.None).GetAwaiter().GetResult());

    private static IReadOnlyList<QemuSnapshot> OfImage(string path) =>
        File.Exists(path) ? DiskSnapshots.ReadAsync(Path.GetFullPath(path), NoFeedback.Instance, CancellationToken.None).GetAwaiter().GetResult() : [];

    private static string? Text(IDictionary given, params string[] names) =>
        names.Select(name => given[name]).FirstOrDefault(value => value is not null) is { } found ? found as string ?? (found as QemuVm)?.Name : null;
}
