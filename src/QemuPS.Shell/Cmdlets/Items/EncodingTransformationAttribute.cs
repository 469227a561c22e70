using System.Globalization;
using System.Management.Automation;
using System.Text;

namespace Microsoft.PowerShell.Commands;

/// <summary>Lets a person name an encoding the way pwsh does: <c>utf8</c>, <c>utf8BOM</c>, <c>ascii</c>, a code page number.</summary>
internal sealed class EncodingTransformationAttribute : ArgumentTransformationAttribute
{
    /// <summary>UTF-8 without a byte order mark, as everywhere on Unix.</summary>
    public static readonly Encoding Default = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);

    private static readonly Dictionary<string, Encoding> Names = new(StringComparer.OrdinalIgnoreCase)
    {
        ["ascii"] = Encoding.ASCII,
        ["ansi"] = Default,
        ["bigendianunicode"] = Encoding.BigEndianUnicode,
        ["bigendianutf32"] = new UTF32Encoding(bigEndian: true, byteOrderMark: true),
        ["default"] = Default,
        ["latin1"] = Encoding.Latin1,
        ["oem"] = Default,
        ["string"] = Encoding.Unicode,
        ["unicode"] = Encoding.Unicode,
        ["unknown"] = Encoding.Unicode,
        ["utf8"] = Default,
        ["utf8BOM"] = Encoding.UTF8,
        ["utf8NoBOM"] = Default,
        ["utf32"] = Encoding.UTF32,
    };

    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData)
        => (inputData is PSObject wrapped ? wrapped.BaseObject : inputData) switch
        {
            string name when Names.TryGetValue(name, out var encoding) => encoding,
            string name => ByName(name),
            int codePage => Encoding.GetEncoding(codePage),
            _ => inputData,
        };

    private static Encoding ByName(string name)
    {
        try
        {
            return int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var codePage)
                ? Encoding.GetEncoding(codePage)
                : Encoding.GetEncoding(name);
        }
        catch (Exception error) when (error is ArgumentException or NotSupportedException)
        {
            throw new ArgumentTransformationMetadataException(
                $"'{name}' is not a supported encoding name. Use one of: {string.Join(", ", Names.Keys)}.", error);
        }
    }
}
