using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Management.Automation;

namespace Microsoft.PowerShell.Commands;

/// <summary>What the process cmdlets share: finding processes by name, id or object.</summary>
public abstract class ProcessCommand : PSCmdlet
{
    private protected IEnumerable<Process> ByName(string[] names)
    {
        var all = Process.GetProcesses().OrderBy(process => process.ProcessName, StringComparer.OrdinalIgnoreCase).ThenBy(process => process.Id).ToList();
        foreach (var name in names)
        {
            var pattern = WildcardPattern.Get(name, WildcardOptions.IgnoreCase);
            var found = all.FindAll(process => pattern.IsMatch(process.ProcessName));
            if (found.Count == 0 && !WildcardPattern.ContainsWildcardCharacters(name))
                ReportMissing($"Cannot find a process with the name \"{name}\". Verify the process name and call the cmdlet again.", "NoProcessFoundForGivenName", name);
            foreach (var process in found)
                yield return process;
        }
    }

    private protected IEnumerable<Process> ById(int[] ids)
    {
        foreach (var id in ids)
        {
            if (Running(id) is { } process)
                yield return process;
            else
                ReportMissing(string.Create(CultureInfo.InvariantCulture, $"Cannot find a process with the process identifier {id}."), "NoProcessFoundForGivenId", id);
        }
    }

    private static Process? Running(int id)
    {
        try
        {
            return Process.GetProcessById(id);
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    private void ReportMissing(string message, string id, object target)
        => WriteError(new ErrorRecord(new ProcessCommandException(message), id, ErrorCategory.ObjectNotFound, target));

    private protected static string Describe(Process process)
        => string.Create(CultureInfo.InvariantCulture, $"{process.ProcessName} ({process.Id})");
}

/// <summary>A process that is not there or does not do what it was told.</summary>
public sealed class ProcessCommandException : SystemException
{
    public ProcessCommandException()
    {
    }

    public ProcessCommandException(string message)
        : base(message)
    {
    }

    public ProcessCommandException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}

[Cmdlet(VerbsCommon.Get, "Process", DefaultParameterSetName = "Name")]
[OutputType(typeof(Process))]
public sealed class GetProcessCommand : ProcessCommand
{
    [Parameter(Position = 0, ParameterSetName = "Name", ValueFromPipelineByPropertyName = true)]
    [Alias("ProcessName")]
    [ValidateNotNullOrEmpty]
    public string[] Name { get; set; } = ["*"];

    [Parameter(Mandatory = true, ParameterSetName = "Id", ValueFromPipelineByPropertyName = true)]
    [Alias("PID")]
    public int[] Id { get; set; } = [];

    protected override void ProcessRecord()
        => WriteObject(ParameterSetName == "Id" ? ById(Id) : ByName(Name), enumerateCollection: true);
}

[Cmdlet(VerbsLifecycle.Stop, "Process", DefaultParameterSetName = "Id", SupportsShouldProcess = true)]
[OutputType(typeof(Process))]
public sealed class StopProcessCommand : ProcessCommand
{
    [Parameter(Mandatory = true, ParameterSetName = "Name", ValueFromPipelineByPropertyName = true)]
    [Alias("ProcessName")]
    public string[] Name { get; set; } = [];

    [Parameter(Mandatory = true, Position = 0, ParameterSetName = "Id", ValueFromPipelineByPropertyName = true)]
    public int[] Id { get; set; } = [];

    [Parameter(Mandatory = true, Position = 0, ParameterSetName = "InputObject", ValueFromPipeline = true)]
    public Process[] InputObject { get; set; } = [];

    /// <summary>pwsh asks before it stops another user's process; the kernel refuses that here, or root means it.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    [Parameter]
    public SwitchParameter PassThru { get; set; }

    protected override void ProcessRecord()
    {
        var processes = ParameterSetName switch
        {
            "Name" => ByName(Name),
            "Id" => ById(Id),
            _ => InputObject,
        };
        foreach (var process in processes)
        {
            if (ShouldProcess(Describe(process)))
                Stop(process);
        }
    }

    private void Stop(Process process)
    {
        try
        {
            if (!process.HasExited)
                process.Kill();
        }
        catch (Win32Exception error)
        {
            var message = $"Cannot stop process \"{Describe(process)}\" because of the following error: {error.Message}";
            WriteError(new ErrorRecord(new ProcessCommandException(message, error), "CouldNotStopProcess", ErrorCategory.CloseError, process));
            return;
        }

        if (PassThru)
            WriteObject(process);
    }
}

[Cmdlet(VerbsLifecycle.Wait, "Process", DefaultParameterSetName = "Name")]
public sealed class WaitProcessCommand : ProcessCommand, IDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<Process> _processes = [];

    [Parameter(Mandatory = true, Position = 0, ParameterSetName = "Name", ValueFromPipelineByPropertyName = true)]
    [Alias("ProcessName")]
    public string[] Name { get; set; } = [];

    [Parameter(Mandatory = true, ParameterSetName = "Id", ValueFromPipelineByPropertyName = true)]
    [Alias("PID", "ProcessId")]
    public int[] Id { get; set; } = [];

    [Parameter(Mandatory = true, ParameterSetName = "InputObject", ValueFromPipeline = true)]
    public Process[] InputObject { get; set; } = [];

    [Parameter(Position = 1)]
    [Alias("TimeoutSec")]
    [ValidateRange(0, 32767)]
    public int Timeout { get; set; } = -1;

    protected override void ProcessRecord() => _processes.AddRange(ParameterSetName switch
    {
        "Name" => ByName(Name),
        "Id" => ById(Id),
        _ => InputObject,
    });

    protected override void EndProcessing()
    {
        if (Timeout >= 0)
            _stopping.CancelAfter(TimeSpan.FromSeconds(Timeout));
        foreach (var process in _processes)
            Wait(process);
    }

    protected override void StopProcessing() => _stopping.Cancel();

    public void Dispose() => _stopping.Dispose();

    private void Wait(Process process)
    {
        try
        {
            process.WaitForExitAsync(_stopping.Token).GetAwaiter().GetResult();
        }
        catch (OperationCanceledException) when (!Stopping)
        {
            var message = $"This command stopped operation because process \"{Describe(process)}\" is not stopped in the specified time-out.";
            WriteError(new ErrorRecord(new TimeoutException(message), "ProcessNotTerminated", ErrorCategory.CloseError, process));
        }
    }
}
