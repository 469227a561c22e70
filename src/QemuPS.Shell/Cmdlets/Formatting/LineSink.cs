using System.Text;

namespace Microsoft.PowerShell.Commands;

/// <summary>A writer that hands on every line the formatter completes.</summary>
internal sealed class LineSink(Action<string> onLine) : TextWriter
{
    public override Encoding Encoding => Encoding.Unicode;

    public override void WriteLine(string? value) => onLine(value ?? string.Empty);

    public override void Write(char value) => throw new NotSupportedException("The formatter writes whole lines.");
}
