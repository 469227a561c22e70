namespace QemuPS;

/// <summary>An emulator that is installed here.</summary>
/// <param name="Architecture">What it emulates, as in its name: <c>x86_64</c>, <c>aarch64</c>.</param>
/// <param name="Path">Where it is.</param>
public sealed record QemuBinary(string Architecture, string Path)
{
    /// <inheritdoc/>
    public override string ToString() => Path;
}
