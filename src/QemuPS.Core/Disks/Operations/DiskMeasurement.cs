using System.Globalization;
using System.Text.Json;

namespace QemuPS.Disks;

/// <summary>Asks qemu-img how large an image would become (<c>qemu-img measure</c>).</summary>
public static class DiskMeasurement
{
    /// <summary>How large an image would be if it were converted.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.NotSupported"/> for formats that cannot be measured; what reading the image throws.</exception>
    public static async Task<QemuDiskMeasurement> OfImageAsync(string path, DiskFormat format, IReadOnlyDictionary<string, string> options, System.Security.SecureString? passphrase, IFeedback feedback, CancellationToken cancellation)
    {
        using var source = await SourceImage.OpenAsync(path, passphrase, feedback, cancellation).ConfigureAwait(false);
        return await OfSourceAsync(source, format.ToQemuName(), options, null, cancellation).ConfigureAwait(false);
    }

    /// <summary>How large a new image of a size would be.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.NotSupported"/> for formats that cannot be measured.</exception>
    public static async Task<QemuDiskMeasurement> OfSizeAsync(ulong sizeBytes, DiskFormat format, IReadOnlyDictionary<string, string> options, CancellationToken cancellation)
    {
        string[] size = ["--size", sizeBytes.ToString(CultureInfo.InvariantCulture)];
        return await MeasureAsync(null, format.ToQemuName(), options, size, cancellation).ConfigureAwait(false);
    }

    /// <summary>
    /// What a copy of an image that is open already will take. The tool measures qcow2 alone by what is allocated; sparse
    /// files of the other formats take about the same.
    /// </summary>
    internal static Task<QemuDiskMeasurement> EstimateAsync(SourceImage source, string? snapshot, CancellationToken cancellation) =>
        OfSourceAsync(source, "qcow2", new Dictionary<string, string>(), snapshot, cancellation);

    private static Task<QemuDiskMeasurement> OfSourceAsync(SourceImage source, string format, IReadOnlyDictionary<string, string> options, string? snapshot, CancellationToken cancellation)
    {
        // -U: the size of an image that a machine writes to is a good guess, and harms nobody.
        string[] arguments =
        [
            .. source.SecretArguments,
            .. source.Disk.InUse ? ["-U"] : Array.Empty<string>(),
            .. snapshot is null ? [] : new[] { "-l", $"snapshot.name={ImageOptions.Escape(snapshot)}" },
            .. source.Reference.ToArguments(),
        ];
        return MeasureAsync(source.Disk.Path, format, options, arguments, cancellation);
    }

    private static async Task<QemuDiskMeasurement> MeasureAsync(string? path, string format, IReadOnlyDictionary<string, string> options, IEnumerable<string> what, CancellationToken cancellation)
    {
        string[] arguments = ["measure", "--output=json", "-O", format, .. ImageOptions.ToArguments(options), .. what];
        var result = await QemuImg.Find().RequireAsync(arguments, path ?? "", cancellation).ConfigureAwait(false);
        using var document = JsonDocument.Parse(result.StandardOutput);
        var sizes = document.RootElement;
        return new QemuDiskMeasurement
        {
            Path = path,
            Format = format,
            RequiredBytes = sizes.GetProperty("required").GetUInt64(),
            FullyAllocatedBytes = sizes.GetProperty("fully-allocated").GetUInt64(),
            BitmapsBytes = sizes.TryGetProperty("bitmaps", out var bitmaps) ? bitmaps.GetUInt64() : null,
        };
    }
}
