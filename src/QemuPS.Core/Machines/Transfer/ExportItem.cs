namespace QemuPS.Machines;

/// <summary>How a file gets into an export.</summary>
internal enum ExportKind
{
    /// <summary>As it is.</summary>
    Whole,
    /// <summary>As it is, but standing on a file beside it instead of the one it stands on.</summary>
    Overlay,
    /// <summary>With everything it stands on in one image.</summary>
    Flat,
}

/// <summary>A file of an export.</summary>
/// <param name="Source">The file's full path.</param>
/// <param name="Entry">Its path in the export.</param>
/// <param name="Kind">How it gets there.</param>
/// <param name="Format">An image's format by QEMU's name.</param>
/// <param name="BackingName">For an overlay: the file name of what it stands on, in the same folder.</param>
/// <param name="BackingFormat">That file's format.</param>
internal sealed record ExportItem(string Source, string Entry, ExportKind Kind = ExportKind.Whole, string? Format = null, string? BackingName = null, string? BackingFormat = null);
