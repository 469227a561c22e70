using System.Collections;
using System.Management.Automation;
using QemuPS.Disks;

namespace QemuPS.Binding;

/// <summary>cloud-init's documents as users give them.</summary>
internal static class CloudInitDocuments
{
    /// <summary>The document's text.</summary>
    /// <param name="command">The cmdlet, whose location relative paths are relative to.</param>
    /// <param name="name">The document: <c>user-data</c>, <c>meta-data</c>, <c>network-config</c>.</param>
    /// <param name="given">A hashtable, text, or the path of a file.</param>
    /// <exception cref="QemuException"><see cref="ErrorId.MediumNotFound"/>, <see cref="ErrorId.InvalidOption"/></exception>
    public static string CloudInitDocument(this PSCmdlet command, string name, object given) =>
        (given is PSObject wrapped ? wrapped.BaseObject : given) switch
        {
            IDictionary members when name == "user-data" => CloudInitSeed.UserDataFor(JsonConversion.ToJson(members)),
            IDictionary members => CloudInitSeed.DocumentFor(JsonConversion.ToJson(members)),
            string text when text.StartsWith('#') || text.Contains('\n', StringComparison.Ordinal) => text,
            string path => Read(command.FullPath(path), name),
            FileInfo file => Read(file.FullName, name),
            // The lines of a file, as Get-Content gives them.
            object[] lines => string.Join('\n', lines) + "\n",
            _ => throw new QemuException(ErrorId.InvalidOption, $"The {name} is a hashtable, text, or the path of a file."),
        };

    private static string Read(string path, string name) =>
        File.Exists(path) ? File.ReadAllText(path) : throw new QemuException(ErrorId.MediumNotFound, $"There is no file '{path}' to take the {name} from.");
}
