using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace QemuPS.Disks;

/// <summary>An image as the tools are told of it: always with its format, so that none is ever guessed.</summary>
/// <param name="Path">The image's full path.</param>
/// <param name="Format">QEMU's name of its format.</param>
/// <param name="Secret">The passphrase of an encrypted image.</param>
public sealed record ImageReference(string Path, string Format, Passphrase? Secret = null)
{
    // Names are text for a person to read in -WhatIf; no HTML is near.
    private static readonly JsonSerializerOptions PlainJson = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The image's name: its path, or a whole block node (block.c, <c>json:</c>) where there is a passphrase to name.</summary>
    public string Name => Secret is null ? Path : ToJson(ToNode());

    /// <summary>The arguments that tell the format, where the name does not.</summary>
    /// <param name="option">The option: <c>-f</c>, for a second image <c>-F</c>.</param>
    public IReadOnlyList<string> FormatArguments(string option) => Secret is null ? [option, Format] : [];

    /// <summary>The image as arguments.</summary>
    public IReadOnlyList<string> ToArguments() => [.. FormatArguments("-f"), Name];

    /// <summary>
    /// The image alone, without what lies below it, as a name that tells the format: for subcommands that have no option
    /// for it.
    /// </summary>
    public string ToNameWithoutBacking()
    {
        var node = ToNode();
        if (Format is "qcow2" or "qed" or "vmdk") node["backing"] = null;
        return ToJson(node);
    }

    private JsonObject ToNode()
    {
        var node = new JsonObject { ["driver"] = Format, ["file"] = new JsonObject { ["driver"] = "file", ["filename"] = Path } };
        if (Secret is not null) node[Format == "luks" ? "key-secret" : "encrypt.key-secret"] = Secret.Id;
        return node;
    }

    private static string ToJson(JsonObject node) => "json:" + node.ToJsonString(PlainJson);
}
