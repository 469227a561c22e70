using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Provider;
using System.Text;

namespace Microsoft.PowerShell.Commands;

/// <summary>Something that Set-Content is writing to.</summary>
internal abstract class ContentTarget : IDisposable
{
    public abstract void Write(object?[] values);

    public abstract void Dispose();
}

internal sealed class FileContentTarget(FileStream file, Encoding encoding, bool noNewline, bool bytes) : ContentTarget
{
    private readonly StreamWriter _writer = new(file, encoding);

    public override void Write(object?[] values)
    {
        foreach (var value in values)
            WriteValue(value is PSObject wrapped ? wrapped.BaseObject : value);
    }

    public override void Dispose() => _writer.Dispose();

    private void WriteValue(object? value)
    {
        if (value is IEnumerable items and not string)
            Write([.. items]);
        else if (bytes)
            file.WriteByte(LanguagePrimitives.ConvertTo<byte>(value));
        else
            WriteText(value?.ToString() ?? string.Empty);
    }

    private void WriteText(string text)
    {
        if (noNewline)
            _writer.Write(text);
        else
            _writer.WriteLine(text);
    }
}

internal sealed class ItemContentTarget(IContentWriter writer) : ContentTarget
{
    public override void Write(object?[] values) => writer.Write(values);

    public override void Dispose()
    {
        writer.Close();
        writer.Dispose();
    }
}
