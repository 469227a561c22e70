namespace QemuPS.Machines;

/// <summary>How a machine's state shall be kept.</summary>
/// <param name="Path">The file for its stream; null for the machine's own folder.</param>
/// <param name="Compress">The stream is compressed.</param>
public sealed record SaveRequest(string? Path = null, bool Compress = false)
{
    /// <summary>Makes a request of what a user said.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="place">A folder that is there, or a new file in one; null for the machine's own folder.</param>
    /// <param name="compress">The stream is compressed.</param>
    /// <exception cref="QemuException"><see cref="ErrorId.DirectoryNotFound"/>, <see cref="ErrorId.FileExists"/></exception>
    public static SaveRequest Create(Machine machine, string? place, bool compress)
    {
        ArgumentNullException.ThrowIfNull(machine);
        if (place is null) return new SaveRequest(null, compress);
        var file = Directory.Exists(place) ? System.IO.Path.Combine(place, $"{machine.Name}{StateFile.Extension}{(compress ? ".gz" : "")}") : place;
        // In the machine's own folder it has the name that it has there.
        if (System.IO.Path.GetDirectoryName(file) == machine.Store.FolderOf(machine.Name)) return new SaveRequest(null, compress);
        StateFile.RequireNew(file);
        return new SaveRequest(file, compress);
    }
}
