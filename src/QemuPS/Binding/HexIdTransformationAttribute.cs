using System.Collections;
using System.Globalization;
using System.Management.Automation;

namespace QemuPS.Binding;

/// <summary>
/// Takes vendor and product numbers the way they are seen in the wild, <c>046d</c>, <c>1050</c>, <c>0x46d</c>, as the
/// four lower-case hexadecimal digits that the objects have.
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
        // What is typed without quotes (1050) arrives as a decimal number, and its digits are meant; 0x1050 keeps its text.
        var text = Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
        var digits = text.Trim();
        if (digits.StartsWith("0x", StringComparison.OrdinalIgnoreCase)) digits = digits[2..];
        return ushort.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var id)
            ? id.ToString("x4", CultureInfo.InvariantCulture)
            : throw new ArgumentTransformationMetadataException($"'{text}' is not a vendor or product number. Give up to four hexadecimal digits: '046d'.");
    }

    private static object? Plain(object? value) => value is PSObject wrapped ? wrapped.BaseObject : value;
}
