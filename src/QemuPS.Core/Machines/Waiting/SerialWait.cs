using System.Text;
using System.Text.RegularExpressions;
using QemuPS.Processes;

namespace QemuPS.Machines;

/// <summary>
/// Waits for a text on the first serial port. Its socket has room for one client; the log that QEMU keeps of it can be read
/// by many, and has what came before anybody waited.
/// </summary>
internal sealed partial class SerialWait(Machine machine, VmWait what)
{
    private const int PieceSize = 32 << 10;

    // A text longer than this is not found where pieces meet.
    private const int Remembered = 16 << 10;

    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();
    private readonly byte[] _bytes = new byte[PieceSize];
    private readonly char[] _characters = new char[PieceSize];
    private string _text = "";

    public async Task RunAsync(CancellationToken stop)
    {
        var path = machine.Folder.SerialLog;
        if (!File.Exists(path)) throw new QemuException(ErrorId.NotSupported, $"'{machine.Name}' was started without a log of its serial port.", $"Restart-QemuVm '{machine.Name}'");
        using var changes = new FileChanges(machine.Folder.Path, Path.GetFileName(path));
        await using var log = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        // What has been given up of a long log is not read.
        log.Position = what.NewTextOnly ? log.Length : SparseFile.FirstData(log.SafeFileHandle, 0);
        while (!await ReadAsync(log).ConfigureAwait(false))
        {
            if (stop.IsCancellationRequested) stop.ThrowIfCancellationRequested();
            try
            {
                await changes.WaitAsync(stop).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                // Once more, for what was written just before the end.
            }
        }
    }

    // Whether the text is in what has come since the last call.
    private async Task<bool> ReadAsync(FileStream log)
    {
        while (true)
        {
            var count = await log.ReadAsync(_bytes, CancellationToken.None).ConfigureAwait(false);
            if (count == 0) return false;
            var length = _decoder.GetChars(_bytes.AsSpan(0, count), _characters, flush: false);
            _text += new string(_characters, 0, length);
            if (IsFound(_text)) return true;
            if (_text.Length > Remembered) _text = _text[^Remembered..];
        }
    }

    // A console ends lines with CR LF and colours its words, which nobody thinks of who writes a pattern.
    private bool IsFound(string text)
    {
        try
        {
            return what.Pattern!.IsMatch(Decoration().Replace(text, ""));
        }
        catch (RegexMatchTimeoutException error)
        {
            throw new QemuException(ErrorId.InvalidOption, $"The pattern '{what.Pattern}' takes too long on what '{machine.Name}' wrote.", inner: error);
        }
    }

    // ECMA-48, 5.4: control sequences.
    [GeneratedRegex(@"\r|\x1b\[[0-?]*[ -/]*[@-~]")]
    private static partial Regex Decoration();
}
