using System.Security;
using System.Text.Json;
using QemuPS.Processes;

namespace QemuPS.Disks;

/// <summary>Checks images, and repairs them (<c>qemu-img check</c>).</summary>
public static class DiskCheck
{
    private const int FoundCorruptions = 2;
    private const int FoundLeaks = 3;
    private const int NothingToCheck = 63;

    /// <summary>Checks an image and its chain; nothing is written. An image that cannot be read is a finding, not an error.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.DiskNotFound"/>, <see cref="ErrorId.AccessDenied"/>, <see cref="ErrorId.InvalidPassphrase"/></exception>
    public static async Task<QemuDiskCheck> TestAsync(string path, SecureString? passphrase, IFeedback feedback, CancellationToken cancellation)
    {
        DiskFile.RequireFile(path);
        SourceImage source;
        try
        {
            source = await SourceImage.OpenAloneAsync(path, passphrase, feedback, cancellation).ConfigureAwait(false);
        }
        catch (QemuException error) when (error.Id == ErrorId.DiskInvalid)
        {
            return new QemuDiskCheck { Path = path, Problem = error.Message };
        }

        using (source)
        {
            var chain = await ChainProblemAsync(path, feedback, cancellation).ConfigureAwait(false);
            var check = await RunAsync(source, source.Disk.InUse ? ["-U"] : [], cancellation).ConfigureAwait(false);
            return check with { InUse = source.Disk.InUse, ChainBroken = chain is not null, Problem = check.Problem ?? chain };
        }
    }

    /// <summary>The command that <see cref="RepairAsync"/> would run, to be shown.</summary>
    public static string Describe(string path, bool all) => QemuImg.Find().Describe(["check", "-r", all ? "all" : "leaks", path]);

    /// <summary>Repairs an image that is not in use.</summary>
    /// <param name="path">The image's full path.</param>
    /// <param name="all">Corruptions as well as leaks. QEMU chooses what it takes for right, and data may be lost.</param>
    /// <param name="passphrase">What opens an encrypted image.</param>
    /// <param name="feedback">Hears what is worth to know.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="QemuException"><see cref="ErrorId.DiskNotFound"/>, <see cref="ErrorId.DiskLocked"/>, <see cref="ErrorId.NotSupported"/>, <see cref="ErrorId.DiskInvalid"/></exception>
    public static async Task<QemuDiskCheck> RepairAsync(string path, bool all, SecureString? passphrase, IFeedback feedback, CancellationToken cancellation)
    {
        DiskFile.RequireFile(path);
        DiskFile.RequireUnlocked(path);
        using var source = await SourceImage.OpenAloneAsync(path, passphrase, feedback, cancellation).ConfigureAwait(false);
        var check = await RunAsync(source, ["-r", all ? "all" : "leaks"], cancellation).ConfigureAwait(false);
        return check.FormatSupported ? check : throw new QemuException(ErrorId.NotSupported, $"A {source.Disk.Format} image has nothing that could be repaired.");
    }

    private static async Task<QemuDiskCheck> RunAsync(SourceImage source, IReadOnlyList<string> options, CancellationToken cancellation)
    {
        string[] arguments = ["check", "--output=json", .. source.SecretArguments, .. options, .. source.Reference.ToArguments()];
        var result = await QemuImg.Find().RunAsync(arguments, cancellation).ConfigureAwait(false);
        if (result.ExitCode == NothingToCheck) return new QemuDiskCheck { Path = source.Disk.Path, Format = source.Disk.Format, FormatSupported = false };
        if (result.StandardOutput.Contains('{', StringComparison.Ordinal)) return Parse(source.Disk, result);
        var error = QemuImgFailure.From(result, source.Disk.Path, ErrorId.DiskInvalid);
        if (error.Id != ErrorId.DiskInvalid) throw error;
        return new QemuDiskCheck { Path = source.Disk.Path, Format = source.Disk.Format, Problem = error.Message };
    }

    private static QemuDiskCheck Parse(QemuDisk disk, ToolResult result)
    {
        using var document = JsonDocument.Parse(result.StandardOutput[result.StandardOutput.IndexOf('{', StringComparison.Ordinal)..]);
        var found = document.RootElement;
        return new QemuDiskCheck
        {
            Path = disk.Path,
            Format = disk.Format,
            Errors = Number("check-errors"),
            Leaks = Number("leaks"),
            Corruptions = Number("corruptions"),
            LeaksFixed = Number("leaks-fixed"),
            CorruptionsFixed = Number("corruptions-fixed"),
            Problem = result.ExitCode is 0 or FoundCorruptions or FoundLeaks ? null : result.ErrorText,
            Raw = (IReadOnlyDictionary<string, object?>)JsonValue.ToObject(found)!,
        };

        long Number(string name) => found.TryGetProperty(name, out var value) ? value.GetInt64() : 0;
    }

    private static async Task<string?> ChainProblemAsync(string path, IFeedback feedback, CancellationToken cancellation)
    {
        try
        {
            await DiskReader.ReadChainAsync(path, feedback, cancellation).ConfigureAwait(false);
            return null;
        }
        catch (QemuException error)
        {
            return error.Message;
        }
    }
}
