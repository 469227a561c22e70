using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace QemuPS.Binding;

/// <summary>Offers a few usual words where any word may be given.</summary>
public abstract class WordCompleter(params string[] words) : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters) =>
        from word in words
        where word.StartsWith(wordToComplete ?? "", StringComparison.OrdinalIgnoreCase)
        select new CompletionResult(word, word, CompletionResultType.ParameterValue, word);
}

/// <summary>The events of QEMU that people wait for.</summary>
public sealed class QmpEventCompleter() : WordCompleter(
    "BLOCK_IO_ERROR", "BLOCK_JOB_COMPLETED", "DEVICE_DELETED", "DEVICE_TRAY_MOVED", "GUEST_PANICKED", "JOB_STATUS_CHANGE", "NIC_RX_FILTER_CHANGED",
    "POWERDOWN", "RESET", "RESUME", "SHUTDOWN", "STOP", "SUSPEND", "VSERPORT_CHANGE", "WAKEUP", "WATCHDOG");

/// <summary>The viewers that Show-QemuVm knows.</summary>
public sealed class ViewerCompleter() : WordCompleter("remote-viewer", "vncviewer", "xtigervncviewer", "gvncviewer", "spicy");
