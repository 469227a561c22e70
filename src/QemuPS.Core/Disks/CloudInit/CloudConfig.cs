using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace QemuPS.Disks;

/// <summary>
/// Writes cloud-init's documents (https://docs.cloudinit.io/en/latest/reference/modules.html). They are YAML; every
/// text in them is a JSON string, which YAML reads as it is whatever is in it.
/// </summary>
internal static class CloudConfig
{
    private const string Header = "#cloud-config\n";

    /// <summary>The user-data for a user and packages.</summary>
    public static string From(string? hostName, CloudInitUser user)
    {
        var text = new StringBuilder(Header);
        if (hostName is not null) text.Append($"hostname: {Quote(hostName)}\n");
        AddUser(text, user);
        if (user.Packages.Count > 0) text.Append("package_update: true\n");
        AddList(text, "packages", user.Packages, "");
        return text.ToString();
    }

    /// <summary>A document given as an object: JSON is YAML too.</summary>
    public static string From(JsonObject document) => Header + ToYaml(document);

    /// <summary>An object as a document without a header: meta-data and network-config.</summary>
    public static string ToYaml(JsonObject document) => document.ToJsonString(new JsonSerializerOptions { WriteIndented = true }) + "\n";

    /// <summary>A text as a YAML scalar.</summary>
    public static string Quote(string text) => JsonSerializer.Serialize(text);

    // Keys and a password at the top are for the image's own user; a named user has its own.
    private static void AddUser(StringBuilder text, CloudInitUser user)
    {
        var hash = user.Password is null ? null : PasswordHash.From(user.Password);
        if (hash is not null) text.Append("ssh_pwauth: true\n");
        if (user.Name is null)
        {
            if (hash is not null) text.Append($"password: {Quote(hash)}\nchpasswd:\n  expire: false\n");
            AddList(text, "ssh_authorized_keys", user.SshPublicKeys, "");
            return;
        }

        text.Append($"users:\n  - name: {Quote(user.Name)}\n    shell: /bin/bash\n    sudo: \"ALL=(ALL) NOPASSWD:ALL\"\n    lock_passwd: {(hash is null ? "true" : "false")}\n");
        if (hash is not null) text.Append($"    passwd: {Quote(hash)}\n");
        AddList(text, "ssh_authorized_keys", user.SshPublicKeys, "    ");
    }

    private static void AddList(StringBuilder text, string name, IReadOnlyList<string> items, string indent)
    {
        if (items.Count == 0) return;
        text.Append($"{indent}{name}:\n");
        foreach (var item in items) text.Append($"{indent}  - {Quote(item)}\n");
    }
}
