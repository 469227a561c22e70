using System.Collections;
using System.Management.Automation;
using System.Security;
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

    /// <summary>A seed from a hashtable with the parameters of <c>New-QemuCloudInitDisk</c>.</summary>
    /// <param name="command">The cmdlet.</param>
    /// <param name="parameters">The parameters.</param>
    /// <param name="path">Where it shall lie.</param>
    /// <param name="hostName">The host name where none is given.</param>
    /// <param name="instanceId">The identity where no meta-data is given.</param>
    /// <exception cref="QemuException"><see cref="ErrorId.InvalidOption"/> for a parameter that is none, and what the seed throws.</exception>
    public static CloudInitSeed SeedFrom(this PSCmdlet command, IDictionary parameters, string path, string hostName, string instanceId)
    {
        var given = new Dictionary<string, object?>(StringComparer.OrdinalIgnoreCase);
        foreach (DictionaryEntry each in parameters) given[each.Key.ToString()!] = each.Value;
        string[] known = ["HostName", "UserName", "SshPublicKey", "Password", "Package", "UserData", "MetaData", "NetworkConfig"];
        if (given.Keys.FirstOrDefault(name => !known.Contains(name, StringComparer.OrdinalIgnoreCase)) is { } unknown)
        {
            throw new QemuException(ErrorId.InvalidOption, $"'{unknown}' is not a word of cloud-init's parameters: {string.Join(", ", known)}.", "Get-Help New-QemuCloudInitDisk");
        }

        return command.Seed(path, instanceId, new CloudInitParameters
        {
            HostName = given.GetValueOrDefault("HostName")?.ToString() ?? hostName,
            UserName = given.GetValueOrDefault("UserName")?.ToString(),
            SshPublicKey = [.. Texts(given.GetValueOrDefault("SshPublicKey"))],
            Password = (SecureString?)new PassphraseTransformationAttribute().Transform(null!, given.GetValueOrDefault("Password")),
            Package = [.. Texts(given.GetValueOrDefault("Package"))],
            UserData = given.GetValueOrDefault("UserData"),
            MetaData = given.GetValueOrDefault("MetaData"),
            NetworkConfig = given.GetValueOrDefault("NetworkConfig"),
        });
    }

    /// <summary>A seed from what a user gave.</summary>
    /// <param name="command">The cmdlet.</param>
    /// <param name="path">Where it shall lie.</param>
    /// <param name="instanceId">The identity where no meta-data is given.</param>
    /// <param name="given">What was given.</param>
    /// <exception cref="QemuException">What the seed and its documents throw.</exception>
    public static CloudInitSeed Seed(this PSCmdlet command, string path, string instanceId, CloudInitParameters given)
    {
        var seed = new CloudInitSeed
        {
            Path = path,
            UserData = given.UserData is { } whole ? command.CloudInitDocument("user-data", whole) : CloudInitSeed.UserDataFor(given.HostName, given.User()),
            MetaData = given.MetaData is { } meta ? command.CloudInitDocument("meta-data", meta) : CloudInitSeed.MetaDataFor(instanceId, given.HostName),
            NetworkConfig = given.NetworkConfig is { } network ? command.CloudInitDocument("network-config", network) : null,
        };
        CloudInitSeed.RequireKind(seed.UserData);
        return seed;
    }

    private static IEnumerable<string> Texts(object? given) => (given is PSObject wrapped ? wrapped.BaseObject : given) switch
    {
        null => [],
        string text => [text],
        IEnumerable list => list.Cast<object>().Select(each => each.ToString()!),
        var other => [other.ToString()!],
    };

    private static string Read(string path, string name) =>
        File.Exists(path) ? File.ReadAllText(path) : throw new QemuException(ErrorId.MediumNotFound, $"There is no file '{path}' to take the {name} from.");
}
