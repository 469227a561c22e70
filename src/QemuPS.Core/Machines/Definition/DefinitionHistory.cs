using System.Globalization;
using System.Runtime.InteropServices;

namespace QemuPS.Machines;

/// <summary>The last versions of a definition, beside it: <c>vm.json.1</c> is the one before this, <c>vm.json.5</c> the oldest.</summary>
public static partial class DefinitionHistory
{
    /// <summary>How many are kept.</summary>
    public const int Length = 5;

    /// <summary>The versions there are, the latest first.</summary>
    /// <param name="path">The definition's file.</param>
    public static IReadOnlyList<string> Of(string path) => [.. Enumerable.Range(1, Length).Select(number => Version(path, number)).Where(File.Exists)];

    /// <summary>Keeps the file that is about to be replaced. It stays where it is as well: whatever happens now, there is a definition.</summary>
    /// <exception cref="IOException">It cannot be kept.</exception>
    internal static void Keep(string path)
    {
        // Only as far as the first gap: nothing is lost that need not be.
        var last = Enumerable.Range(1, Length).FirstOrDefault(number => !File.Exists(Version(path, number)), Length);
        for (var number = last; number > 1; number--) File.Move(Version(path, number - 1), Version(path, number), overwrite: true);
        // A second name for the same file needs no room; where the file system has no such thing, it is copied.
        if (Link(path, Version(path, 1)) != 0) File.Copy(path, Version(path, 1), overwrite: true);
    }

    private static string Version(string path, int number) => string.Create(CultureInfo.InvariantCulture, $"{path}.{number}");

    [LibraryImport("libc", EntryPoint = "link", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Link(string existing, string added);
}
