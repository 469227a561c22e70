using System.Globalization;
using System.Management.Automation;

namespace QemuPS.Shell.Hosting;

/// <summary>
/// One line at the bottom of the terminal that shows the latest unfinished activity. It goes to standard error,
/// so that a redirected result stays clean, and is taken away before anything else is written.
/// </summary>
internal sealed class ProgressLine(Terminal terminal)
{
    private const string EraseLine = "\r\u001b[K";
    private const int BarWidth = 24;

    private readonly Dictionary<(long Source, int Activity), ProgressRecord> _active = [];
    private bool _shown;

    public void Update(long source, ProgressRecord record)
    {
        if (!terminal.ErrorIsTerminal)
            return;

        var key = (source, record.ActivityId);
        _active.Remove(key);
        if (record.RecordType == ProgressRecordType.Processing)
            _active.Add(key, record);
        Hide();
        if (_active.Count > 0)
            Show(_active.Values.Last());
    }

    public void Hide()
    {
        if (!_shown)
            return;
        Console.Error.Write(EraseLine);
        _shown = false;
    }

    public void Reset()
    {
        Hide();
        _active.Clear();
    }

    private void Show(ProgressRecord record)
    {
        var text = Describe(record);
        var room = Math.Max(1, terminal.Width - 1);
        Console.Error.Write(text.Length > room ? text[..room] : text);
        _shown = true;
    }

    private static string Describe(ProgressRecord record)
    {
        var text = $"{record.Activity}: {record.StatusDescription}";
        if (record.PercentComplete >= 0)
            text += ' ' + Bar(Math.Min(record.PercentComplete, 100));
        if (record.SecondsRemaining >= 0)
            text += ' ' + TimeSpan.FromSeconds(record.SecondsRemaining).ToString("c", CultureInfo.InvariantCulture);
        return string.IsNullOrEmpty(record.CurrentOperation) ? text : $"{text} {record.CurrentOperation}";
    }

    private static string Bar(int percent)
    {
        var filled = percent * BarWidth / 100;
        return $"[{new string('#', filled)}{new string(' ', BarWidth - filled)}] {percent}%";
    }
}
