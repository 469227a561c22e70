using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace QemuPS.Machines;

/// <summary>What a schema asks of a number or a text.</summary>
internal sealed record ValueLimits
{
    private const int LongestShown = 60;

    /// <summary>Nothing but that a text has no control characters: they have no use in anything a machine is made of, and much abuse in terminals, logs and scripts.</summary>
    public static ValueLimits None { get; } = new();

    // A path may be any text that has no control characters.
    private bool IsNone => MinLength == 0 && Pattern is null && Format is null or "path" or "multiline";

    private decimal? Minimum { get; init; }

    private decimal? Maximum { get; init; }

    private decimal? MultipleOf { get; init; }

    private int MinLength { get; init; }

    private Regex? Pattern { get; init; }

    /// <summary>What a text stands for.</summary>
    public string? Format { get; private init; }

    /// <summary>The limits with one more keyword of a schema.</summary>
    /// <exception cref="NotSupportedException">The keyword is not known.</exception>
    public ValueLimits With(JsonProperty keyword) => keyword.Name switch
    {
        "minimum" => this with { Minimum = keyword.Value.GetDecimal() },
        "maximum" => this with { Maximum = keyword.Value.GetDecimal() },
        "multipleOf" => this with { MultipleOf = keyword.Value.GetDecimal() },
        "minLength" => this with { MinLength = keyword.Value.GetInt32() },
        "pattern" => this with { Pattern = new Regex(keyword.Value.GetString()!, RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1)) },
        "format" => this with { Format = keyword.Value.GetString() },
        _ => throw new NotSupportedException($"The schema's keyword '{keyword.Name}' is not known."),
    };

    /// <summary>What is wrong with the value that the reader stands on, or null.</summary>
    public JsonFault? FindFault(ref Utf8JsonReader reader)
    {
        var message = reader.TokenType == JsonTokenType.Number ? FindNumberFault(ref reader) : FindTextFault(ref reader);
        return message is null ? null : new JsonFault("", reader.TokenStartIndex, message);
    }

    /// <summary>Whether a text has a character that only controls a terminal.</summary>
    public static bool HasControlCharacter(string text)
    {
        foreach (var letter in text)
        {
            if (char.IsControl(letter)) return true;
        }

        return false;
    }

    /// <summary>A text as an error may show it.</summary>
    public static string Shown(string text)
    {
        var plain = string.Concat(text.Select(letter => char.IsControl(letter) ? '?' : letter));
        return plain.Length <= LongestShown ? plain : plain[..LongestShown] + "...";
    }

    // Most texts are ASCII without escapes, and need not become one to be looked at. DEL and the controls above it begin at 0x7f.
    private static bool IsPlain(ref Utf8JsonReader reader) => !reader.ValueIsEscaped && reader.ValueSpan.IndexOfAnyExceptInRange((byte)0x20, (byte)0x7e) < 0;

    private string? FindNumberFault(ref Utf8JsonReader reader)
    {
        if (Minimum is null && Maximum is null && MultipleOf is null) return null;
        if (!reader.TryGetDecimal(out var value)) return "the number is out of range";
        if (value < Minimum || value > Maximum) return $"{value.ToString(CultureInfo.InvariantCulture)} is not {Range()}";
        return MultipleOf is { } factor && value % factor != 0 ? $"{value.ToString(CultureInfo.InvariantCulture)} is not a multiple of {factor.ToString(CultureInfo.InvariantCulture)}" : null;
    }

    private string Range() => (Minimum, Maximum) switch
    {
        ({ } low, { } high) => string.Create(CultureInfo.InvariantCulture, $"{low} to {high}"),
        ({ } low, null) => string.Create(CultureInfo.InvariantCulture, $"{low} or more"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{Maximum} or less"),
    };

    private string? FindTextFault(ref Utf8JsonReader reader)
    {
        if (IsPlain(ref reader) && (IsNone || (Format == "uuid" && reader.TryGetGuid(out _)))) return null;
        var text = reader.GetString()!;
        if (Format == "multiline" ? text.Any(letter => char.IsControl(letter) && letter is not ('\n' or '\r' or '\t')) : HasControlCharacter(text)) return "it has a control character";
        if (text.Length < MinLength) return "it is empty";
        if (Pattern?.IsMatch(text) == false) return $"'{Shown(text)}' is not of the form {Pattern}";
        return Format switch
        {
            "uuid" => Guid.TryParse(text, out _) ? null : $"'{Shown(text)}' is no UUID",
            "date-time" => reader.TryGetDateTimeOffset(out _) ? null : $"'{Shown(text)}' is no date and time",
            _ => null,
        };
    }
}
