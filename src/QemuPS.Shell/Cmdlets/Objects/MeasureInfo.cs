namespace Microsoft.PowerShell.Commands;

/// <summary>What Measure-Object says of one property.</summary>
public abstract class MeasureInfo
{
    public string? Property { get; init; }
}

/// <summary>The measures of numbers.</summary>
public sealed class GenericMeasureInfo : MeasureInfo
{
    public int Count { get; init; }

    public double? Average { get; init; }

    public double? Sum { get; init; }

    public double? Maximum { get; init; }

    public double? Minimum { get; init; }

    public double? StandardDeviation { get; init; }
}

/// <summary>The measures of values that are not all numbers.</summary>
public sealed class GenericObjectMeasureInfo : MeasureInfo
{
    public int Count { get; init; }

    public double? Average { get; init; }

    public double? Sum { get; init; }

    public object? Maximum { get; init; }

    public object? Minimum { get; init; }

    public double? StandardDeviation { get; init; }
}

/// <summary>The measures of text.</summary>
public sealed class TextMeasureInfo : MeasureInfo
{
    public int? Lines { get; init; }

    public int? Words { get; init; }

    public int? Characters { get; init; }
}
