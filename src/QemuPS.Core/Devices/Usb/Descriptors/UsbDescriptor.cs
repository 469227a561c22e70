using System.Globalization;

namespace QemuPS;

/// <summary>A descriptor of a class (HID, CDC, audio, video, ...), a capability, or one that nobody knows.</summary>
public sealed record UsbDescriptor
{
    /// <summary>What it is: <c>HID</c>, <c>CDC Union</c>, <c>Video Format MJPEG</c>; <c>Type 0x30</c> where nobody knows.</summary>
    public required string Name { get; init; }

    /// <summary>Its type, 0 to 255 (bDescriptorType).</summary>
    public required int Type { get; init; }

    /// <summary>Its type within the class (bDescriptorSubtype, bDevCapabilityType); null where it has none.</summary>
    public int? SubType { get; init; }

    /// <summary>Its fields by the names in the specifications; none where the type is not known.</summary>
    public IReadOnlyList<UsbDescriptorField> Fields { get; init; } = [];

    /// <summary>All its bytes, the two of length and type included.</summary>
    public required byte[] Bytes { get; init; }

    /// <summary>Its length in bytes.</summary>
    public int Length => Bytes.Length;

    /// <summary>It is shorter than what it says it holds.</summary>
    public bool IsTruncated { get; init; }

    /// <summary>The value of a field by its name in the specification, without regard to case; null where it has no such field.</summary>
    public long? Value(string field) =>
        Fields.FirstOrDefault(each => string.Equals(each.Name, field, StringComparison.OrdinalIgnoreCase))?.Value;

    /// <inheritdoc/>
    public override string ToString() => Fields.Count == 0 ? $"{Name}: {Convert.ToHexString(Bytes)}" : $"{Name}: {string.Join(' ', Fields)}";
}

/// <summary>A field of a descriptor.</summary>
/// <param name="Name">Its name in the specification, with an index where there are several: <c>baSourceID(0)</c>.</param>
/// <param name="Value">Its number; 0 where it is too long for one.</param>
/// <param name="Text">How it is written: versions <c>1.10</c>, identifiers as such, everything else in decimal.</param>
public sealed record UsbDescriptorField(string Name, long Value, string Text)
{
    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Name}={Text}");
}
