using System.Text.RegularExpressions;
using QemuPS.Processes;

namespace QemuPS.Disks;

/// <summary>What qemu-img said when it failed, as one of our errors.</summary>
internal static partial class QemuImgFailure
{
    /// <summary>The error. The tool's own words are in it; a lock names its holder.</summary>
    /// <param name="result">What the tool left.</param>
    /// <param name="path">The image it was about.</param>
    /// <param name="otherwise">The error where the words tell nothing that we know.</param>
    public static QemuException From(ToolResult result, string path, ErrorId otherwise)
    {
        result = result with { StandardError = BlockNode().Replace(result.StandardError, $"'{path}'") };
        var words = result.StandardError;
        if (Says("Failed to get") && Says("lock")) return Locked(result, path);
        if (Says("No space left")) return result.ToException(ErrorId.InsufficientSpace);
        if (Says("Permission denied")) return result.ToException(ErrorId.AccessDenied);
        if (Says("Invalid password") || Says("key-secret") || Says("passphrase")) return result.ToException(ErrorId.InvalidPassphrase, "Give the right -Passphrase.");
        return result.ToException(Says("not supported") || Says("does not support") ? ErrorId.NotSupported : otherwise);

        bool Says(string text) => words.Contains(text, StringComparison.OrdinalIgnoreCase);
    }

    private static QemuException Locked(ToolResult result, string path)
    {
        var holder = File.Exists(path) ? ImageLocks.FindHolder(path) : null;
        return holder is null
            ? result.ToException(ErrorId.DiskLocked)
            : new QemuException(ErrorId.DiskLocked, $"'{path}' is in use by {holder}.", "Stop the machine first.");
    }

    // Where there was a passphrase to name, the image's name was a whole block node.
    [GeneratedRegex(@"'json:\{.*?\}'(?=:)", RegexOptions.Singleline)]
    private static partial Regex BlockNode();
}
