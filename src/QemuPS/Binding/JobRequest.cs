using System.Management.Automation;

namespace QemuPS.Binding;

/// <summary>Gathers what a cmdlet with <c>-AsJob</c> is given, and starts the job.</summary>
/// <param name="command">The cmdlet.</param>
internal sealed class JobRequest(PSCmdlet command)
{
    private readonly List<IReadOnlyDictionary<string, object?>> _invocations = [];

    /// <summary>Takes the arguments of the present pipeline object.</summary>
    public void Take() =>
        _invocations.Add(command.MyInvocation.BoundParameters.Where(argument => argument.Key != "AsJob").ToDictionary(argument => argument.Key, argument => (object?)argument.Value));

    /// <summary>Starts the job and makes it known to Get-Job.</summary>
    public Job Start()
    {
        var job = new CommandJob(command.MyInvocation.Line.Trim(), command.MyInvocation.MyCommand.Name, command.GetType(), _invocations);
        command.JobRepository.Add(job);
        job.Start(command.SessionState.Path.CurrentFileSystemLocation.ProviderPath);
        return job;
    }
}
