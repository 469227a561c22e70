using System.Globalization;
using System.Management.Automation;

namespace Microsoft.PowerShell.Commands;

[Cmdlet(VerbsDiagnostic.Measure, "Object", DefaultParameterSetName = GenericSet)]
[OutputType(typeof(GenericMeasureInfo), typeof(GenericObjectMeasureInfo), typeof(TextMeasureInfo))]
public sealed class MeasureObjectCommand : PSCmdlet
{
    private const string GenericSet = "GenericMeasure";
    private const string TextSet = "TextMeasure";
    private const string WholeObject = "$_";

    private readonly Dictionary<string, List<object?>> _values = new(StringComparer.OrdinalIgnoreCase);
    private bool _received;

    [Parameter(ValueFromPipeline = true)]
    public PSObject? InputObject { get; set; }

    [Parameter(Position = 0)]
    [ValidateNotNullOrEmpty]
    public PSPropertyExpression[]? Property { get; set; }

    [Parameter(ParameterSetName = GenericSet)]
    public SwitchParameter AllStats { get; set; }

    [Parameter(ParameterSetName = GenericSet)]
    public SwitchParameter Average { get; set; }

    [Parameter(ParameterSetName = GenericSet)]
    public SwitchParameter Sum { get; set; }

    [Parameter(ParameterSetName = GenericSet)]
    public SwitchParameter Maximum { get; set; }

    [Parameter(ParameterSetName = GenericSet)]
    public SwitchParameter Minimum { get; set; }

    [Parameter(ParameterSetName = GenericSet)]
    public SwitchParameter StandardDeviation { get; set; }

    [Parameter(ParameterSetName = TextSet)]
    public SwitchParameter Line { get; set; }

    [Parameter(ParameterSetName = TextSet)]
    public SwitchParameter Word { get; set; }

    [Parameter(ParameterSetName = TextSet)]
    public SwitchParameter Character { get; set; }

    [Parameter(ParameterSetName = TextSet)]
    public SwitchParameter IgnoreWhiteSpace { get; set; }

    protected override void ProcessRecord()
    {
        if (InputObject is null)
            return;
        _received = true;
        if (Property is null)
        {
            Add(WholeObject, InputObject.BaseObject);
            return;
        }

        var named = Property.SelectMany(expression => expression.ResolveNames(InputObject)).DistinctBy(name => name.ToString(), StringComparer.OrdinalIgnoreCase);
        foreach (var name in named)
        {
            if (name.GetValues(InputObject) is [var result, ..])
                Add(name.ToString(), result.Result);
        }
    }

    protected override void EndProcessing()
    {
        if (!_received && Property is null)
            _values.Add(WholeObject, []);
        foreach (var (name, values) in _values)
        {
            var property = Property is null ? null : name;
            WriteObject(ParameterSetName == TextSet ? MeasureText(property, values) : MeasureValues(property, values));
        }
    }

    private void Add(string name, object? value)
    {
        if (!_values.TryGetValue(name, out var values))
            _values.Add(name, values = []);
        values.Add(value);
    }

    private MeasureInfo MeasureValues(string? property, List<object?> values)
    {
        var numbers = Sum || Average || StandardDeviation || AllStats ? Numbers(values) : null;
        var count = values.Count;
        double? sum = numbers is not null && (Sum || AllStats) ? numbers.Sum() : null;
        double? average = numbers is { Count: > 0 } && (Average || AllStats) ? numbers.Sum() / count : null;
        double? deviation = numbers is not null && (StandardDeviation || AllStats) ? Deviation(numbers) : null;
        var maximum = Maximum || AllStats ? Extreme(values, +1) : null;
        var minimum = Minimum || AllStats ? Extreme(values, -1) : null;
        return IsNumberOrNull(maximum, out var high) && IsNumberOrNull(minimum, out var low)
            ? new GenericMeasureInfo { Property = property, Count = count, Sum = sum, Average = average, StandardDeviation = deviation, Maximum = high, Minimum = low }
            : new GenericObjectMeasureInfo { Property = property, Count = count, Sum = sum, Average = average, Maximum = maximum, Minimum = minimum };
    }

    private List<double>? Numbers(List<object?> values)
    {
        var numbers = new List<double>();
        foreach (var value in values)
        {
            if (LanguagePrimitives.TryConvertTo<double>(value, out var number))
            {
                numbers.Add(number);
                continue;
            }

            WriteError(new ErrorRecord(
                new InvalidOperationException($"Input object \"{value}\" is not numeric."), "NonNumericInputObject", ErrorCategory.InvalidType, value));
        }

        return numbers.Count == values.Count ? numbers : null;
    }

    private static double Deviation(List<double> numbers)
    {
        if (numbers.Count < 2)
            return 0;
        var mean = numbers.Average();
        return Math.Sqrt(numbers.Sum(number => (number - mean) * (number - mean)) / (numbers.Count - 1));
    }

    private static object? Extreme(List<object?> values, int sign)
    {
        object? best = null;
        foreach (var value in values)
        {
            if (best is null || (value is not null && sign * Compare(value, best) > 0))
                best = value;
        }

        return best;
    }

    private static int Compare(object left, object right)
    {
        var (x, y) = (NumberOrSelf(left), NumberOrSelf(right));
        return x.GetType() == y.GetType()
            ? LanguagePrimitives.Compare(x, y, ignoreCase: false, CultureInfo.CurrentCulture)
            : string.Compare(x.ToString(), y.ToString(), StringComparison.CurrentCulture);
    }

    private static object NumberOrSelf(object value)
        => LanguagePrimitives.TryConvertTo<double>(value, out var number) ? number : value;

    private static bool IsNumberOrNull(object? value, out double? number)
    {
        number = value is not null && LanguagePrimitives.TryConvertTo<double>(value, out var converted) ? converted : null;
        return value is null || number is not null;
    }

    private TextMeasureInfo MeasureText(string? property, List<object?> values)
    {
        var texts = values.ConvertAll(value => value?.ToString() ?? string.Empty);
        return new TextMeasureInfo
        {
            Property = property,
            Lines = Line ? texts.Sum(CountLines) : null,
            Words = Word ? texts.Sum(text => text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length) : null,
            Characters = Character ? texts.Sum(text => IgnoreWhiteSpace ? text.Count(letter => !char.IsWhiteSpace(letter)) : text.Length) : null,
        };
    }

    private static int CountLines(string text)
        => text.Length == 0 ? 0 : text.Count(letter => letter == '\n') + (text[^1] == '\n' ? 0 : 1);
}
