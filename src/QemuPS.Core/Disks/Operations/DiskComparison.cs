using System.Globalization;
using System.Security;
using System.Text.RegularExpressions;
using QemuPS.Processes;

namespace QemuPS.Disks;

/// <summary>Compares what a guest would read of two images (<c>qemu-img compare</c>).</summary>
public static partial class DiskComparison
{
    private const int Different = 1;

    /// <summary>Compares two images that nobody writes to.</summary>
    /// <param name="path">One image's full path.</param>
    /// <param name="otherPath">The other's.</param>
    /// <param name="strict">Sizes and allocation count as well.</param>
    /// <param name="passphrase">What opens either where it is encrypted.</param>
    /// <param name="feedback">Hears of the progress.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="QemuException"><see cref="ErrorId.DiskNotFound"/>, <see cref="ErrorId.DiskInvalid"/>, <see cref="ErrorId.DiskLocked"/></exception>
    public static async Task<QemuDiskComparison> RunAsync(string path, string otherPath, bool strict, SecureString? passphrase, IFeedback feedback, CancellationToken cancellation)
    {
        using var one = await SourceImage.OpenAsync(path, passphrase, feedback, cancellation).ConfigureAwait(false);
        using var other = await SourceImage.OpenAsync(otherPath, passphrase, feedback, cancellation).ConfigureAwait(false);
        one.RequireQuiet();
        other.RequireQuiet();
        string[] arguments =
        [
            "compare", "-p",
            // One passphrase for both, so one secret.
            .. one.SecretArguments.Count > 0 ? one.SecretArguments : other.SecretArguments,
            .. strict ? ["-s"] : Array.Empty<string>(),
            .. one.Reference.FormatArguments("-f"), .. other.Reference.FormatArguments("-F"),
            one.Reference.Name, other.Reference.Name,
        ];
        var result = await QemuImg.Find().RunAsync(arguments, $"Comparing {Path.GetFileName(path)} with {Path.GetFileName(otherPath)}", feedback, cancellation).ConfigureAwait(false);
        return result.ExitCode <= Different ? Parse(result, one.Disk, other.Disk) : throw QemuImgFailure.From(result, path, ErrorId.ToolFailed);
    }

    private static QemuDiskComparison Parse(ToolResult result, QemuDisk one, QemuDisk other)
    {
        var offset = OffsetPattern().Match(result.StandardOutput);
        return new QemuDiskComparison
        {
            Path = one.Path,
            OtherPath = other.Path,
            AreIdentical = result.ExitCode == 0,
            FirstDifferenceOffset = offset.Success ? long.Parse(offset.Groups[1].Value, CultureInfo.InvariantCulture) : null,
            SizesDiffer = one.SizeBytes != other.SizeBytes,
        };
    }

    // "Content mismatch at offset 65536!" and, with -s, "Strict mode: Offset 65536 block status mismatch!" (qemu-img.c, img_compare).
    [GeneratedRegex(@"[Oo]ffset (\d+)")]
    private static partial Regex OffsetPattern();
}
