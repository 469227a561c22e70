using System.Text;
using System.Text.Json.Nodes;
using QemuPS.Processes;

namespace QemuPS.Disks;

/// <summary>
/// A seed for cloud-init's NoCloud source: a CD image with the label <c>cidata</c> and the files <c>user-data</c>,
/// <c>meta-data</c> and, where there is one, <c>network-config</c>
/// (https://docs.cloudinit.io/en/latest/reference/datasources/nocloud.html).
/// </summary>
public sealed record CloudInitSeed
{
    private const string Label = "cidata";

    /// <summary>The new image's full path.</summary>
    public required string Path { get; init; }

    /// <summary>The user-data document: cloud-config, a script, or whatever else cloud-init takes.</summary>
    public required string UserData { get; init; }

    /// <summary>The meta-data document, YAML with <c>instance-id</c>.</summary>
    public required string MetaData { get; init; }

    /// <summary>The network configuration, version 1 or 2; null to leave it to cloud-init.</summary>
    public string? NetworkConfig { get; init; }

    /// <summary>An image that exists is replaced.</summary>
    public bool Overwrite { get; init; }

    /// <summary>User-data that sets up one user.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.InvalidOption"/> for a key that is none, <see cref="ErrorId.NotSupported"/> where passwords cannot be hashed.</exception>
    public static string UserDataFor(string? hostName, CloudInitUser user)
    {
        foreach (var key in user.SshPublicKeys) RequirePublicKey(key);
        return CloudConfig.From(hostName, user);
    }

    /// <summary>User-data given as an object: cloud-config.</summary>
    public static string UserDataFor(JsonObject document) => CloudConfig.From(document);

    /// <summary>Meta-data or a network configuration given as an object.</summary>
    public static string DocumentFor(JsonObject document) => CloudConfig.ToYaml(document);

    /// <summary>Meta-data with an identity: cloud-init sets a machine up once for each.</summary>
    public static string MetaDataFor(string instanceId, string? hostName) =>
        $"instance-id: {CloudConfig.Quote(instanceId)}\n" + (hostName is null ? "" : $"local-hostname: {CloudConfig.Quote(hostName)}\n");

    /// <summary>Writes the image. It is there complete, or not at all.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.DiskExists"/>, <see cref="ErrorId.DiskLocked"/>, <see cref="ErrorId.DirectoryNotFound"/>, <see cref="ErrorId.FileSystemError"/></exception>
    public void Write()
    {
        DiskFile.RequireNew(Path, Overwrite);
        // It can hold a password's hash: nobody else's business.
        AtomicFile.Write(Path, IsoImage.Create(Label, [.. Files()], DateTimeOffset.UtcNow), UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    private IEnumerable<(string Name, byte[] Content)> Files()
    {
        yield return ("meta-data", Encoding.UTF8.GetBytes(MetaData));
        if (NetworkConfig is not null) yield return ("network-config", Encoding.UTF8.GetBytes(NetworkConfig));
        yield return ("user-data", Encoding.UTF8.GetBytes(UserData));
    }

    /// <summary>Throws when cloud-init would pass over the user-data without a word: it goes by how the text begins.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.InvalidOption"/></exception>
    public static void RequireKind(string userData)
    {
        string[] beginnings = ["#cloud-config", "#!", "#include", "#cloud-boothook", "#part-handler", "#upstart-job", "## template:", "Content-Type:", "MIME-Version:"];
        if (beginnings.Any(beginning => userData.StartsWith(beginning, StringComparison.OrdinalIgnoreCase))) return;
        throw new QemuException(
            ErrorId.InvalidOption,
            "cloud-init takes user-data by how it begins, and would ignore this one.",
            "Begin with '#cloud-config', '#!', '#include' or another of https://docs.cloudinit.io/en/latest/explanation/format.html");
    }

    private static void RequirePublicKey(string key)
    {
        string[] kinds = ["ssh-", "ecdsa-", "sk-"];
        var words = key.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        // An authorized_keys line may have options before the kind (sshd(8)).
        if (!key.Any(char.IsControl) && words.Take(words.Length - 1).Any(word => kinds.Any(kind => word.StartsWith(kind, StringComparison.Ordinal)))) return;
        var isPrivate = key.Contains("PRIVATE KEY", StringComparison.Ordinal);
        throw new QemuException(
            ErrorId.InvalidOption,
            isPrivate ? "That is a private key; it must not leave its owner." : $"'{Shorten(key)}' is not an SSH public key.",
            "-SshPublicKey (Get-Content ~/.ssh/id_ed25519.pub)");
    }

    private static string Shorten(string key)
    {
        var shown = string.Concat(key.Take(40).Select(c => char.IsControl(c) ? '?' : c));
        return key.Length > 40 ? shown + "..." : shown;
    }
}
