using QemuPS.Processes;

namespace QemuPS.Machines;

/// <summary>
/// The file with a machine's migration stream: in the machine's folder, or elsewhere with a link to it there. A link that leads
/// nowhere is a state still: its medium is not mounted, and whoever took that for no state would start the guest on disks that belong to it.
/// </summary>
/// <param name="machine">The machine.</param>
internal sealed class StateFile(Machine machine)
{
    /// <summary>The name of a state in a folder that is not the machine's own.</summary>
    public const string Extension = ".vmstate";

    private const string Partial = ".partial";

    private string Own => machine.SavedStatePath;

    // Of a stream elsewhere that is being written this is a link; it says where to tidy up when the writer was killed.
    private string OwnPartial => Own + Partial;

    /// <summary>Where the stream is, or would be.</summary>
    public string Path => TargetOf(Own) ?? Own;

    /// <summary>It is not in the machine's folder.</summary>
    public bool IsElsewhere => TargetOf(Own) is not null;

    /// <summary>The machine has a state, whether its file can be reached or not.</summary>
    public bool IsThere => File.Exists(Own) || IsElsewhere;

    /// <summary>The state's file can be reached.</summary>
    public bool IsReachable => File.Exists(Path);

    /// <summary>Throws where no state can be put in a place.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.DirectoryNotFound"/>, <see cref="ErrorId.FileExists"/></exception>
    public static void RequireNew(string path)
    {
        var folder = System.IO.Path.GetDirectoryName(path)!;
        if (!Directory.Exists(folder)) throw new QemuException(ErrorId.DirectoryNotFound, $"There is no folder '{folder}'.", $"mkdir -p {ShellQuoting.Bash(folder)}");
        if (System.IO.Path.Exists(path)) throw new QemuException(ErrorId.FileExists, $"'{path}' exists already.", "Give -Path a folder, or the name of a new file.");
    }

    /// <summary>Opens the file that a new stream goes into. It is the machine's state after <see cref="Commit"/>.</summary>
    /// <param name="elsewhere">Where the state shall be; null for the machine's folder.</param>
    public FileStream Create(string? elsewhere)
    {
        if (elsewhere is not null) File.CreateSymbolicLink(OwnPartial, elsewhere + Partial);
        return new FileStream(TargetOf(OwnPartial) ?? OwnPartial, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            Share = FileShare.ReadWrite,
            BufferSize = 0,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        });
    }

    /// <summary>The stream is complete and is the state from now on.</summary>
    public void Commit()
    {
        if (TargetOf(OwnPartial) is { } partial)
        {
            var target = FinalOf(partial);
            File.Move(partial, target, overwrite: false);
            AtomicFile.FlushFolder(System.IO.Path.GetDirectoryName(target)!);
            File.CreateSymbolicLink(Own, target);
            File.Delete(OwnPartial);
        }
        else
        {
            File.Move(OwnPartial, Own, overwrite: true);
        }

        AtomicFile.FlushFolder(System.IO.Path.GetDirectoryName(Own)!);
    }

    /// <summary>Removes the state, and what somebody has left who was killed while writing one.</summary>
    /// <param name="fingerprint">What the state is known by: another file in its place elsewhere is somebody else's, and stays.</param>
    public void Delete(string? fingerprint)
    {
        DeletePartial(fingerprint);
        if (TargetOf(Own) is { } target) DeleteOurs(target, fingerprint);
        File.Delete(Own);
    }

    /// <summary>Removes a stream that did not become complete.</summary>
    /// <param name="fingerprint">What it is known by where it has become complete, and the state has not.</param>
    public void DeletePartial(string? fingerprint)
    {
        if (TargetOf(OwnPartial) is { } partial && partial.EndsWith(Partial, StringComparison.Ordinal))
        {
            if (File.Exists(partial)) File.Delete(partial);
            // Killed between the name and the link, it has its last name already.
            else if (!IsThere) DeleteOurs(FinalOf(partial), fingerprint);
        }

        File.Delete(OwnPartial);
    }

    // What lies on a medium that is not mounted cannot be deleted.
    private static void DeleteOurs(string path, string? fingerprint)
    {
        if (fingerprint is not null && File.Exists(path) && StateFingerprint.Of(path) == fingerprint) File.Delete(path);
    }

    private static string FinalOf(string partial) => partial[..^Partial.Length];

    private static string? TargetOf(string path) => new FileInfo(path).LinkTarget;
}
