using System.Globalization;
using System.Management.Automation;

namespace QemuPS.Binding;

/// <summary>
/// Takes a size as bytes or as text with a binary unit: <c>20GB</c> (PowerShell's own literal), <c>'20G'</c>,
/// <c>'1.5 TiB'</c>. Units are powers of 1024, as PowerShell and qemu-img count.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class SizeTransformationAttribute : ArgumentTransformationAttribute
{
    private const string Units = "KMGTPE";

    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        var value = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        return value switch
        {
            null => null,
            string text => FromText(text),
            ulong bytes => bytes,
            byte or sbyte or short or ushort or int or uint or long or float or double or decimal =>
                FromNumber(Convert.ToDecimal(value, CultureInfo.InvariantCulture), value),
            _ => throw NotASize(value),
        };
    }

    private static ulong FromText(string text)
    {
        var trimmed = text.Trim();
        var digits = trimmed.TrimEnd("BbiIkKmMgGtTpPeE".ToCharArray()).TrimEnd();
        var unit = trimmed[digits.Length..].Trim().ToUpperInvariant();
        if (!decimal.TryParse(digits, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)) throw NotASize(text);
        return FromNumber(number * Factor(unit, text), text);
    }

    private static decimal Factor(string unit, string text)
    {
        if (unit is "" or "B") return 1;
        var power = Units.IndexOf(unit[0], StringComparison.Ordinal) + 1;
        if (power == 0 || unit[1..] is not ("" or "B" or "IB")) throw NotASize(text);
        return (decimal)Math.Pow(1024, power);
    }

    private static ulong FromNumber(decimal bytes, object given)
    {
        if (bytes < 0) throw new ArgumentTransformationMetadataException($"A size cannot be negative: {given}.");
        if (bytes > ulong.MaxValue) throw new ArgumentTransformationMetadataException($"{given} is more than 16 EiB.");
        return (ulong)decimal.Ceiling(bytes);
    }

    private static ArgumentTransformationMetadataException NotASize(object given) =>
        new($"'{given}' is not a size. Give bytes (20GB) or text with a unit ('20G', '1.5T', '512M').");
}
