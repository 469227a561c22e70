namespace QemuPS.Disks;

/// <summary>The options of image formats, as <c>qemu-img</c> takes them with <c>-o</c>.</summary>
internal static class ImageOptions
{
    /// <summary>The options as arguments.</summary>
    public static IEnumerable<string> ToArguments(IEnumerable<KeyValuePair<string, string>> options) =>
        options.SelectMany(option => new[] { "-o", $"{option.Key}={Escape(option.Value)}" });

    /// <summary>A value inside of a list of options: a comma is doubled.</summary>
    public static string Escape(string value) => value.Replace(",", ",,", StringComparison.Ordinal);

    /// <summary>What encrypts a qcow2 image.</summary>
    /// <param name="secret">The passphrase's id.</param>
    public static IEnumerable<KeyValuePair<string, string>> Encryption(string secret) =>
        [new("encrypt.format", "luks"), new("encrypt.key-secret", secret)];

    /// <summary>Throws for formats that cannot be encrypted.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.NotSupported"/></exception>
    public static void RequireEncryptable(DiskFormat format)
    {
        if (format != DiskFormat.Qcow2) throw new QemuException(ErrorId.NotSupported, $"A {format.ToQemuName()} image cannot be encrypted.", "Use -Format Qcow2.");
    }
}
