using System.Management.Automation;

namespace QemuPS.Binding;

/// <summary>A cmdlet whose work on a machine can take long: it can run as a job.</summary>
public abstract class LongVmCommand : VmTargetCommand
{
    private JobRequest? _job;

    /// <summary>Does the work in a background job, and returns the job.</summary>
    [Parameter]
    public SwitchParameter AsJob { get; set; }

    /// <inheritdoc/>
    protected sealed override void ProcessRecord()
    {
        // What -WhatIf shows belongs on the user's screen.
        if (!AsJob || this.AsksWhatIf())
        {
            base.ProcessRecord();
            return;
        }

        _job ??= new JobRequest(this);
        _job.Take();
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (_job is not null && (!this.CanConfirm() || MayStartJob($"Start a job: {MyInvocation.Line.Trim()}"))) WriteObject(_job.Start());
        AwaitAll();
    }

    /// <summary>Asks whether the job may start: it has nobody to ask.</summary>
    /// <param name="action">What would be done.</param>
    protected virtual bool MayStartJob(string action) => ShouldDo(action);

    /// <summary>Throws, as a wrong parameter does, what is wrong with all of the items.</summary>
    protected T OrTerminate<T>(Func<T> work)
    {
        ArgumentNullException.ThrowIfNull(work);
        try
        {
            return work();
        }
        catch (QemuException error)
        {
            ThrowTerminatingError(error.ToErrorRecord(null));
            throw;
        }
    }
}
