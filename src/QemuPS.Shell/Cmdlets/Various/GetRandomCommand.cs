using System.Globalization;
using System.Management.Automation;

namespace Microsoft.PowerShell.Commands;

[Cmdlet(VerbsCommon.Get, "Random", DefaultParameterSetName = "Number")]
public sealed class GetRandomCommand : PSCmdlet
{
    private readonly List<object?> _items = [];

    [Parameter]
    [ValidateNotNull]
    public int? SetSeed { get; set; }

    [Parameter(Position = 0, ParameterSetName = "Number")]
    public object? Maximum { get; set; }

    [Parameter(ParameterSetName = "Number")]
    public object? Minimum { get; set; }

    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ParameterSetName = "List")]
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ParameterSetName = "Shuffle")]
    [AllowNull]
    public object?[]? InputObject { get; set; }

    [Parameter(ParameterSetName = "Number")]
    [Parameter(ParameterSetName = "List")]
    [ValidateRange(1, int.MaxValue)]
    public int Count { get; set; } = 1;

    [Parameter(Mandatory = true, ParameterSetName = "Shuffle")]
    public SwitchParameter Shuffle { get; set; }

    protected override void ProcessRecord() => _items.AddRange(InputObject ?? []);

    protected override void EndProcessing()
    {
        var random = SetSeed is { } seed ? new Random(seed) : Random.Shared;
        if (ParameterSetName == "Number")
        {
            for (var i = 0; i < Count; i++)
                WriteObject(Number(random));
            return;
        }

        var shuffled = _items.ToArray();
        random.Shuffle(shuffled);
        WriteObject(Shuffle ? shuffled : shuffled.Take(Count), enumerateCollection: true);
    }

    private object Number(Random random)
    {
        var (low, high) = (AsNumber(Minimum), AsNumber(Maximum));
        if (low is double || high is double)
            return Between(random, Convert.ToDouble(low ?? 0.0, CultureInfo.InvariantCulture), Convert.ToDouble(high ?? double.MaxValue, CultureInfo.InvariantCulture));

        var isLong = low is long || high is long;
        var first = Convert.ToInt64(low ?? 0, CultureInfo.InvariantCulture);
        var end = Convert.ToInt64(high ?? (isLong ? long.MaxValue : int.MaxValue), CultureInfo.InvariantCulture);
        if (first >= end)
            Refuse(first, end);
        var number = random.NextInt64(first, end);
        return isLong ? number : (object)(int)number;
    }

    private double Between(Random random, double low, double high)
    {
        if (low >= high)
            Refuse(low, high);
        return low + (random.NextDouble() * (high - low));
    }

    private static object? AsNumber(object? value)
    {
        var plain = value is PSObject wrapped ? wrapped.BaseObject : value;
        if (plain is string text)
            plain = LanguagePrimitives.TryConvertTo<int>(text, out var small) ? small
                : LanguagePrimitives.TryConvertTo<long>(text, out var large) ? large
                : LanguagePrimitives.ConvertTo<double>(text);
        return plain switch
        {
            null => null,
            int or short or byte or sbyte or ushort => Convert.ToInt32(plain, CultureInfo.InvariantCulture),
            uint or long => Convert.ToInt64(plain, CultureInfo.InvariantCulture),
            _ => LanguagePrimitives.ConvertTo<double>(plain),
        };
    }

    private void Refuse(object low, object high)
        => ThrowTerminatingError(new ErrorRecord(
            new ArgumentException(string.Create(CultureInfo.CurrentCulture, $"The Minimum value ({low}) cannot be greater than or equal to the Maximum value ({high}).")),
            "MinGreaterThanOrEqualMax", ErrorCategory.InvalidArgument, null));
}
