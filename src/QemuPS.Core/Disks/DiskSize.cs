namespace QemuPS;

/// <summary>A size that is asked for: so many bytes, or so many more than there are.</summary>
/// <param name="Bytes">The bytes.</param>
/// <param name="IsIncrement">They come on top of what is there.</param>
public readonly record struct DiskSize(ulong Bytes, bool IsIncrement)
{
    /// <summary>The size it means for a disk.</summary>
    /// <param name="present">The disk's size now, in bytes.</param>
    /// <exception cref="QemuException"><see cref="ErrorId.InvalidSize"/> where the sum is more than can be.</exception>
    public ulong Of(ulong present)
    {
        if (!IsIncrement) return Bytes;
        return present <= ulong.MaxValue - Bytes ? present + Bytes : throw new QemuException(ErrorId.InvalidSize, "A disk has a size between 1 byte and 8 EiB.");
    }

    /// <inheritdoc/>
    public override string ToString() => (IsIncrement ? "+" : "") + SizeText.From(Bytes);
}
