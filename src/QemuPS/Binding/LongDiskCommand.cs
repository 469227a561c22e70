using System.Management.Automation;

namespace QemuPS.Binding;

/// <summary>A cmdlet whose work on an image can take long: it can run as a job.</summary>
public abstract class LongDiskCommand : DiskPathCommand
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
            ProcessItems();
            return;
        }

        _job ??= new JobRequest(this);
        _job.Take();
    }

    /// <summary>Works on what the present pipeline object has brought.</summary>
    protected virtual void ProcessItems() => base.ProcessRecord();

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (_job is not null && (!this.CanConfirm() || ShouldDo($"Start a job: {MyInvocation.Line.Trim()}"))) WriteObject(_job.Start());
        AwaitAll();
    }
}
