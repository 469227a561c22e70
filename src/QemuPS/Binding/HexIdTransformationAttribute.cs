using System.Collections;
using System.Globalization;
using System.Management.Automation;

namespace QemuPS.Binding;

/// <summary>
/// Takes vendor and product numbers the way they are seen in the wild, <c>046d</c>, <c>'0x46D'</c>, <c>0x46d</c>, as
/// the four lower-case digits that the objects have.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class HexIdTransformationAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData) => Plain(inputData) switch
    {
        null => null,
        string or not IEnumerable => new[] { One(inputData!) },
        IEnumerable many => many.Cast<object?>().Select(each => One(each ?? "")).ToArray(),
    };

    private static string One(object value)
    {
        // A number typed on the line (1050, 0x1050) keeps its text inside of the PSObject, and the text is meant;
        // a number from a variable is the number itself.
        var text = value is not PSObject && value is int or long ? string.Create(CultureInfo.InvariantCulture, $"{value:x}") : value.ToString() ?? "";
        var digits = text.Trim();
        if (digits.StartsWith("0x", StringComparison.OrdinalIgnoreCase)) digits = digits[2..];
        return ushort.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var id)
            ? id.ToString("x4", CultureInfo.InvariantCulture)
            : throw new ArgumentTransformationMetadataException($"'{text}' is not a vendor or product number. Give up to four hexadecimal digits: '046d'.");
    }

    private static object? Plain(object? value) => value is PSObject wrapped ? wrapped.BaseObject : value;
}
