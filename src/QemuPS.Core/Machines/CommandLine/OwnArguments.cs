using System.Text.RegularExpressions;

namespace QemuPS.Machines;

/// <summary>What a definition's own arguments for QEMU say about things that every machine has: they win.</summary>
internal sealed partial class OwnArguments(IReadOnlyList<string> words)
{
    private readonly IReadOnlyList<string> _words = words;

    /// <summary>There is a floppy drive among them.</summary>
    public bool HasFloppy => Has("-fda") || Has("-fdb") || ValuesOf("-drive").Any(value => Floppy().IsMatch(value)) || ValuesOf("-device").Any(value => value.StartsWith("floppy", StringComparison.Ordinal));

    /// <summary>The first serial port that none of them has by its number; null where none has a number.</summary>
    public int? FreeSerialPort
    {
        get
        {
            var taken = ValuesOf("-device").Select(value => SerialPort().Match(value)).Where(match => match.Success).Select(match => match.Groups["index"].Value[0] - '0').ToHashSet();
            return taken.Count == 0 ? null : Enumerable.Range(0, 4).FirstOrDefault(port => !taken.Contains(port));
        }
    }

    /// <summary>The option is among them.</summary>
    public bool Has(string option) => _words.Contains(option);

    private IEnumerable<string> ValuesOf(string option) => _words.Zip(_words.Skip(1)).Where(pair => pair.First == option).Select(pair => pair.Second);

    [GeneratedRegex(@"(^|,)if=floppy(,|$)")]
    private static partial Regex Floppy();

    [GeneratedRegex(@"^isa-serial,(.*,)?index=(?<index>[0-3])(,|$)")]
    private static partial Regex SerialPort();
}
