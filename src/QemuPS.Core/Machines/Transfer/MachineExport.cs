using System.Formats.Tar;
using QemuPS.Disks;
using QemuPS.Processes;

namespace QemuPS.Machines;

/// <summary>Writes a machine with its disks into a folder or a tar archive, which <see cref="MachineImport"/> reads. It is there complete, or not at all.</summary>
public sealed class MachineExport
{
    private const string DefinitionFile = "vm.json";

    private readonly Machine _machine;
    private readonly ExportPlan _plan;
    private readonly string _target;
    private readonly bool _asTar;

    private MachineExport(Machine machine, ExportPlan plan, string target, bool asTar)
    {
        _machine = machine;
        _plan = plan;
        _target = target;
        _asTar = asTar;
    }

    /// <summary>Where it goes.</summary>
    public string Target => _target;

    /// <summary>What is written, a line for each file.</summary>
    public IEnumerable<string> Describe() => _plan.Items.Select(item => $"{item.Source} -> {item.Entry}{(item.Kind == ExportKind.Flat ? " (flattened)" : "")}");

    /// <summary>Looks whether it can be done. Nothing is written.</summary>
    /// <param name="machine">The machine; it has to be off.</param>
    /// <param name="target">The new folder or archive.</param>
    /// <param name="asTar">An archive instead of a folder.</param>
    /// <param name="flatten">Each disk becomes one image, without what it stands on.</param>
    /// <param name="includeState">The saved memory of the guest goes along.</param>
    /// <param name="feedback">Hears what stays behind.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="QemuException"><see cref="ErrorId.VmRunning"/>, <see cref="ErrorId.FileExists"/>, <see cref="ErrorId.DirectoryNotFound"/>, <see cref="ErrorId.InvalidOption"/>, and what is wrong with a disk.</exception>
    public static async Task<MachineExport> PrepareAsync(
        Machine machine, string target, bool asTar, bool flatten, bool includeState, IFeedback feedback, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(machine);
        ArgumentNullException.ThrowIfNull(feedback);
        RequireOff(machine, target, asTar);
        var parent = Path.GetDirectoryName(target)!;
        if (!Directory.Exists(parent)) throw new QemuException(ErrorId.DirectoryNotFound, $"There is no folder '{parent}'.", $"mkdir -p {ShellQuoting.Bash(parent)}");
        if (Path.Exists(target)) throw new QemuException(ErrorId.FileExists, $"'{target}' exists already.");
        // The guest's memory knows the disks byte by byte: a flattened one is another.
        if (flatten && includeState) throw new QemuException(ErrorId.InvalidOption, "A saved state goes along with the disks as they are, not with flattened ones.");
        var plan = await ExportPlan.MakeAsync(machine, flatten, includeState, feedback, cancellation).ConfigureAwait(false);
        foreach (var path in plan.LeftOut) feedback.Verbose($"'{path}' stays where it is.");
        if (!includeState && SavedState.Exists(machine)) feedback.Warning($"The saved state of '{machine.Name}' is not exported: the copy starts as if the power had failed when it was saved. -IncludeState takes it along.");
        return new MachineExport(machine, plan, target, asTar);
    }

    /// <summary>Does it.</summary>
    public async Task RunAsync(IFeedback feedback, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(feedback);
        // The machine's lock keeps it from being started meanwhile.
        using var held = await _machine.LockAsync(cancellation).ConfigureAwait(false);
        RequireOff(_machine, _target, _asTar);
        var work = $"{_target}.{Guid.NewGuid():N}.partial";
        try
        {
            Directory.CreateDirectory(work);
            if (_asTar) await WriteArchiveAsync(work, feedback, cancellation).ConfigureAwait(false);
            else await WriteFolderAsync(work, feedback, cancellation).ConfigureAwait(false);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw QemuException.FromIO($"Cannot export '{_machine.Name}' to '{_target}'", error);
        }
        finally
        {
            if (Directory.Exists(work)) Directory.Delete(work, recursive: true);
        }
    }

    private async Task WriteFolderAsync(string work, IFeedback feedback, CancellationToken cancellation)
    {
        foreach (var item in _plan.Items) await ProduceAsync(item, Path.Combine(work, item.Entry), feedback, cancellation).ConfigureAwait(false);
        await File.WriteAllBytesAsync(Path.Combine(work, DefinitionFile), DefinitionJson.Write(_plan.Relative), cancellation).ConfigureAwait(false);
        Directory.Move(work, _target);
    }

    // The definition comes first: who reads the archive knows the machine before its disks arrive.
    private async Task WriteArchiveAsync(string work, IFeedback feedback, CancellationToken cancellation)
    {
        var partial = Path.Combine(work, "archive.tar");
        await using (var file = File.Create(partial))
        await using (var archive = new TarWriter(file, TarEntryFormat.Pax))
        {
            await AddAsync(archive, DefinitionFile, new MemoryStream(DefinitionJson.Write(_plan.Relative)), cancellation).ConfigureAwait(false);
            foreach (var item in _plan.Items)
            {
                feedback.Progress(new WorkProgress($"Exporting {_machine.Name}", item.Entry, -1));
                var source = item.Source;
                // What has to be another file than it is, is made first.
                if (item.Kind != ExportKind.Whole) await ProduceAsync(item, source = Path.Combine(work, item.Entry), feedback, cancellation).ConfigureAwait(false);
                await AddAsync(archive, item.Entry, File.OpenRead(source), cancellation).ConfigureAwait(false);
                if (item.Kind != ExportKind.Whole) File.Delete(source);
            }
        }

        File.Move(partial, _target);
    }

    private static async Task AddAsync(TarWriter archive, string name, Stream content, CancellationToken cancellation)
    {
        await using (content)
        {
            var entry = new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = content, Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite };
            await archive.WriteEntryAsync(entry, cancellation).ConfigureAwait(false);
        }
    }

    private async Task ProduceAsync(ExportItem item, string target, IFeedback feedback, CancellationToken cancellation)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        feedback.Progress(new WorkProgress($"Exporting {_machine.Name}", item.Entry, -1));
        if (item.Kind == ExportKind.Flat)
        {
            using var conversion = await DiskConversion.PrepareAsync(new ConversionRequest { SourcePath = item.Source, DestinationPath = target, Format = DiskFormat.Qcow2 }, feedback, cancellation).ConfigureAwait(false);
            await conversion.RunAsync(feedback, cancellation).ConfigureAwait(false);
            return;
        }

        await SparseCopy.CopyAsync(item.Source, target, cancellation).ConfigureAwait(false);
        File.SetUnixFileMode(target, File.GetUnixFileMode(item.Source));
        if (item.Kind == ExportKind.Overlay) await RelinkAsync(item, target, cancellation).ConfigureAwait(false);
    }

    // The content below is the same, only its name is another: nothing is read or compared (-u).
    private static async Task RelinkAsync(ExportItem item, string target, CancellationToken cancellation)
    {
        var result = await QemuImg.Find().RunAsync(["rebase", "-u", "-f", item.Format!, "-F", item.BackingFormat!, "-b", item.BackingName!, target], cancellation).ConfigureAwait(false);
        if (result.ExitCode != 0) throw result.ToException(ErrorId.ToolFailed);
    }

    // A guest that shall go on is saved for that long: memory and disks are of one moment then, which a snapshot of running disks is not.
    private static void RequireOff(Machine machine, string target, bool asTar)
    {
        if (machine.FindProcess() is not { } process) return;
        var name = ShellQuoting.PowerShell(machine.Name);
        throw new QemuException(
            ErrorId.VmRunning,
            $"The machine '{machine.Name}' is running (pid {process}); what its guest has not written is not on its disks.",
            $"Save-QemuVm {name}; Export-QemuVm {name} {ShellQuoting.PowerShell(Path.GetDirectoryName(target)!)}{(asTar ? " -As Tar" : "")} -IncludeState; Start-QemuVm {name}   # the guest goes on afterwards; or Stop-QemuVm {name} first");
    }
}
