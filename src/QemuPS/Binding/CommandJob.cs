using System.Management.Automation;
using System.Management.Automation.Runspaces;

namespace QemuPS.Binding;

/// <summary>
/// What <c>-AsJob</c> starts: the same cmdlet with the same arguments in a session of its own inside this process. It is a
/// job as any other: Get-Job, Wait-Job, Receive-Job, Stop-Job and Remove-Job know it.
/// </summary>
internal sealed class CommandJob : Job
{
    private readonly string _cmdlet;
    private readonly IReadOnlyList<IReadOnlyDictionary<string, object?>> _invocations;
    private readonly Runspace _runspace;
    private readonly PowerShell _shell = PowerShell.Create();
    private string _status = "";

    /// <summary>Makes a job that has not begun.</summary>
    /// <param name="command">The line the user typed.</param>
    /// <param name="cmdlet">The cmdlet's name.</param>
    /// <param name="type">The cmdlet's class.</param>
    /// <param name="invocations">The arguments of each call, one after the other.</param>
    public CommandJob(string command, string cmdlet, Type type, IReadOnlyList<IReadOnlyDictionary<string, object?>> invocations)
        : base(command)
    {
        _cmdlet = cmdlet;
        _invocations = invocations;
        PSJobTypeName = "QemuPSJob";
        var session = InitialSessionState.CreateDefault2();
        session.Commands.Add(new SessionStateCmdletEntry(cmdlet, type, null));
        _runspace = RunspaceFactory.CreateRunspace(session);
    }

    /// <inheritdoc/>
    public override bool HasMoreData =>
        Output.Count + Error.Count + Progress.Count + Verbose.Count + Debug.Count + Warning.Count + Information.Count > 0;

    /// <inheritdoc/>
    public override string Location => "localhost";

    /// <inheritdoc/>
    public override string StatusMessage => _status;

    /// <summary>Begins.</summary>
    /// <param name="location">The folder that relative paths are relative to.</param>
    public void Start(string location)
    {
        SetJobState(JobState.Running);
        _ = Task.Factory.StartNew(() => Run(location), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <inheritdoc/>
    public override void StopJob()
    {
        if (JobStateInfo.State != JobState.Running) return;
        SetJobState(JobState.Stopping);
        _shell.Stop();
        Finished.WaitOne();
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            StopJob();
            _shell.Dispose();
            _runspace.Dispose();
        }

        base.Dispose(disposing);
    }

    private void Run(string location)
    {
        try
        {
            _runspace.Open();
            _runspace.SessionStateProxy.Path.SetLocation(location);
            _shell.Runspace = _runspace;
            Connect(_shell.Streams);
            foreach (var invocation in _invocations) Invoke(invocation);
            SetJobState(JobStateInfo.State == JobState.Stopping ? JobState.Stopped : JobState.Completed);
        }
        catch (PipelineStoppedException)
        {
            SetJobState(JobState.Stopped);
        }
        catch (Exception error)
        {
            // Whatever it is, whoever waits for the job has to hear of it.
            _status = error.Message;
            Error.Add(error is RuntimeException { ErrorRecord: { } record } ? record : new ErrorRecord(error, "JobFailed", ErrorCategory.NotSpecified, null));
            SetJobState(JobState.Failed);
        }
    }

    private void Invoke(IReadOnlyDictionary<string, object?> arguments)
    {
        _shell.Commands.Clear();
        _shell.AddCommand(_cmdlet);
        foreach (var (name, value) in arguments) _shell.AddParameter(name, value);
        _shell.Invoke(null, Output);
    }

    private void Connect(PSDataStreams streams)
    {
        streams.Error = Error;
        streams.Progress = Progress;
        streams.Verbose = Verbose;
        streams.Debug = Debug;
        streams.Warning = Warning;
        streams.Information = Information;
    }
}
