using System.Security;

namespace QemuPS.Disks;

/// <summary>Changes options of an image that it was created with (<c>qemu-img amend</c>), and who may write to it.</summary>
public static class DiskAmendment
{
    private const UnixFileMode AnyWrite = UnixFileMode.UserWrite | UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    /// <summary>The command that <see cref="AmendAsync"/> would run, to be shown.</summary>
    public static string Describe(string path, IReadOnlyDictionary<string, string> options) =>
        QemuImg.Find().Describe(["amend", "-p", .. ImageOptions.ToArguments(options), path]);

    /// <summary>Changes options of an image that is not in use.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.DiskNotFound"/>, <see cref="ErrorId.DiskLocked"/>, <see cref="ErrorId.NotSupported"/>,
    /// <see cref="ErrorId.InvalidOption"/> with the tool's words.</exception>
    public static async Task AmendAsync(string path, IReadOnlyDictionary<string, string> options, SecureString? passphrase, IFeedback feedback, CancellationToken cancellation)
    {
        using var source = await SourceImage.OpenAsync(path, passphrase, feedback, cancellation).ConfigureAwait(false);
        source.RequireOurs();
        string[] arguments = ["amend", "-p", .. source.SecretArguments, .. ImageOptions.ToArguments(options), .. source.Reference.ToArguments()];
        var result = await QemuImg.Find().RunAsync(arguments, $"Changing {Path.GetFileName(path)}", feedback, cancellation).ConfigureAwait(false);
        if (result.ExitCode != 0) throw QemuImgFailure.From(result, path, ErrorId.InvalidOption);
    }

    /// <summary>Makes an image a template, which nobody writes to by accident, or an ordinary image again.</summary>
    /// <param name="path">The image's full path.</param>
    /// <param name="template">Takes the right to write away from everybody, or gives it back to the owner.</param>
    /// <exception cref="QemuException"><see cref="ErrorId.DiskLocked"/>, <see cref="ErrorId.AccessDenied"/>, <see cref="ErrorId.FileSystemError"/></exception>
    public static void SetTemplate(string path, bool template)
    {
        DiskFile.RequireFile(path);
        if (template) DiskFile.RequireNoWriter(path);
        try
        {
            var mode = File.GetUnixFileMode(path);
            File.SetUnixFileMode(path, template ? mode & ~AnyWrite : mode | UnixFileMode.UserWrite);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw QemuException.FromIO($"Cannot change who may write to '{path}'", error);
        }
    }
}
