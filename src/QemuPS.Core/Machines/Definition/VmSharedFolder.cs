using System.Text.Json;

namespace QemuPS.Machines;

/// <summary>A folder of the host that a machine's guest can mount.</summary>
public sealed record VmSharedFolder
{
    /// <summary>The device's name in the machine, unique there: <c>share-src</c>.</summary>
    public required string Id { get; init; }

    /// <summary>By what the guest knows it.</summary>
    public required string Tag { get; init; }

    /// <summary>The folder.</summary>
    public required string Path { get; init; }

    /// <summary>How it is shared.</summary>
    public VmSharedFolderType Type { get; init; }

    /// <summary>The guest cannot write to it; the host sees to that.</summary>
    public bool ReadOnly { get; init; } = true;

    /// <summary>Members that this version does not know.</summary>
    public IDictionary<string, JsonElement>? Unknown { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{Path} as '{Tag}'{(ReadOnly ? "" : ", writable")}";
}
