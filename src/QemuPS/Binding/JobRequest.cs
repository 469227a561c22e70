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

    /// <summary>Starts the job and makes it known to Get-Job. Whether it may has been asked: a job has nobody to ask.</summary>
    public Job Start()
    {
        var job = new CommandJob(command.MyInvocation.Line.Trim(), command.MyInvocation.MyCommand.Name, command.GetType(), [.. _invocations.Select(Confirmed)]);
        command.JobRepository.Add(job);
        job.Start(command.SessionState.Path.CurrentFileSystemLocation.ProviderPath);
        return job;
    }

    private IReadOnlyDictionary<string, object?> Confirmed(IReadOnlyDictionary<string, object?> arguments) =>
        command.CanConfirm() ? new Dictionary<string, object?>(arguments) { ["Confirm"] = false } : arguments;
}

/// <summary>What a cmdlet was told about asking first.</summary>
internal static class Confirmation
{
    /// <summary>It has <c>-WhatIf</c> and <c>-Confirm</c>.</summary>
    public static bool CanConfirm(this PSCmdlet command) => command.MyInvocation.MyCommand.Parameters.ContainsKey("Confirm");

    /// <summary>It shall only show what it would do.</summary>
    public static bool AsksWhatIf(this PSCmdlet command) =>
        command.CanConfirm() && LanguagePrimitives.IsTrue(command.MyInvocation.BoundParameters.TryGetValue("WhatIf", out var given) ? given : command.SessionState.PSVariable.GetValue("WhatIfPreference"));
}
