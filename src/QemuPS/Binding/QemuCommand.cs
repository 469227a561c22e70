using System.Management.Automation;
using QemuPS.Machines;

namespace QemuPS.Binding;

/// <summary>
/// What every cmdlet of ours has in common: asynchronous work of Core runs while the pipeline thread passes on
/// what it says, Ctrl+C cancels it, and an error of one item does not stop the others.
/// </summary>
public abstract class QemuCommand : PSCmdlet, IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private ConcurrentWork? _work;

    /// <summary>Cancelled by Ctrl+C and by a pipeline that ends early.</summary>
    protected CancellationToken Cancellation => _stop.Token;

    /// <inheritdoc/>
    public void Dispose()
    {
        _work?.Dispose();
        _stop.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <inheritdoc/>
    protected override void StopProcessing() => _stop.Cancel();

    /// <summary>Does the work for one item; an error of ours is written to the error stream with the item as its target.</summary>
    protected void ForItem(object? item, Action work)
    {
        ArgumentNullException.ThrowIfNull(work);
        try
        {
            work();
        }
        catch (Exception error) when (ErrorRecords.IsOfItem(error))
        {
            WriteError(error.ToItemError(item));
        }
    }

    /// <summary>Does it with each machine that objects and names stand for; an error of one does not stop the others.</summary>
    /// <param name="vms">The objects.</param>
    /// <param name="patterns">The names.</param>
    /// <param name="work">What is done.</param>
    private protected void ForMachines(IEnumerable<QemuVm> vms, IEnumerable<string> patterns, Action<Machine> work)
    {
        foreach (var vm in vms) ForItem(vm, () => work(new Machine(VmStore.Open(), vm.Name)));
        foreach (var pattern in patterns)
        {
            ForItem(pattern, () =>
            {
                foreach (var machine in MachineSelection.Named(pattern)) ForItem(machine.Name, () => work(machine));
            });
        }
    }

    /// <summary>Runs asynchronous work to its end and returns its result.</summary>
    /// <param name="work">The work; what it says through the <see cref="IFeedback"/> appears at once.</param>
    protected T Await<T>(Func<IFeedback, CancellationToken, Task<T>> work)
    {
        ArgumentNullException.ThrowIfNull(work);
        using var pump = new PipelinePump(this);
        return pump.Run(feedback => work(feedback, Cancellation), _stop);
    }

    /// <summary>Runs asynchronous work that has no result.</summary>
    protected void Await(Func<IFeedback, CancellationToken, Task> work) =>
        Await(async (feedback, cancellation) =>
        {
            await work(feedback, cancellation).ConfigureAwait(false);
            return true;
        });

    /// <summary>Runs asynchronous work that writes objects while it goes on.</summary>
    /// <param name="work">The work; it hands each object to its first argument.</param>
    protected void Stream(Func<Action<object>, CancellationToken, Task> work)
    {
        ArgumentNullException.ThrowIfNull(work);
        Stream((write, _, cancellation) => work(write, cancellation));
    }

    /// <summary>Runs asynchronous work that writes objects, and errors of single items, while it goes on.</summary>
    /// <param name="work">The work; it hands each object to its first argument, each item that failed and why to its second.</param>
    protected void Stream(Func<Action<object>, Action<object, Exception>, CancellationToken, Task> work)
    {
        ArgumentNullException.ThrowIfNull(work);
        using var pump = new PipelinePump(this);
        pump.Run(
            async _ =>
            {
                await work(pump.Output, pump.Fail, Cancellation).ConfigureAwait(false);
                return true;
            },
            _stop);
    }

    /// <summary>Begins with an item's work, and waits until there is room for another. Its result is written when it is there, unless it is null.</summary>
    /// <param name="item">What an error is about.</param>
    /// <param name="limit">How many items are worked on at once.</param>
    /// <param name="work">The work.</param>
    protected void Begin(object item, int limit, Func<IFeedback, CancellationToken, Task<object?>> work) =>
        (_work ??= new ConcurrentWork(this, limit, _stop)).Add(item, work);

    /// <summary>Waits for everything that <see cref="Begin"/> has begun.</summary>
    protected void AwaitAll() => _work?.Complete();

    /// <summary>Asks whether to go on: <c>-WhatIf</c> and <c>-Confirm</c> show what would be done, word for word.</summary>
    /// <param name="action">A command or a sentence that says it all.</param>
    protected bool ShouldDo(string action) => ShouldProcess(action, $"{action}\nDo this?", "Confirm");
}
