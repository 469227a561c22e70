using System.Collections.Concurrent;
using System.Management.Automation;

namespace QemuPS.Binding;

/// <summary>
/// Carries what Core says on other threads to the pipeline thread, which alone may write to PowerShell's
/// streams, while it waits for the work.
/// </summary>
internal sealed class PipelinePump(Cmdlet command) : IFeedback, IDisposable
{
    private readonly BlockingCollection<Action> _messages = [];

    public void Verbose(string message) => Post(() => command.WriteVerbose(message));

    public void Warning(string message) => Post(() => command.WriteWarning(message));

    public void Progress(WorkProgress progress) => Post(() => command.WriteProgress(progress.ToRecord(0)));

    /// <summary>Writes an object as soon as the pipeline thread gets to it.</summary>
    public void Output(object item) => Post(() => command.WriteObject(item));

    /// <summary>Writes an error about an item, as soon as the pipeline thread gets to it; the work goes on.</summary>
    public void Fail(object item, Exception error) => Post(() => command.WriteError(error.ToItemError(item)));

    public void Dispose() => _messages.Dispose();

    /// <summary>Runs the work and everything it says, and returns its result.</summary>
    public T Run<T>(Func<IFeedback, Task<T>> work, CancellationTokenSource stop)
    {
        var task = Task.Run(() => RunToEnd(work));
        try
        {
            foreach (var message in _messages.GetConsumingEnumerable()) message();
        }
        catch
        {
            // The pipeline has ended under us (Select-Object -First, -WarningAction Stop): the work has to end too.
            stop.Cancel();
            ((IAsyncResult)task).AsyncWaitHandle.WaitOne();
            throw;
        }

        try
        {
            return task.GetAwaiter().GetResult();
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            throw new PipelineStoppedException();
        }
    }

    private async Task<T> RunToEnd<T>(Func<IFeedback, Task<T>> work)
    {
        try
        {
            return await work(this).ConfigureAwait(false);
        }
        finally
        {
            _messages.CompleteAdding();
        }
    }

    private void Post(Action message)
    {
        if (!_messages.IsAddingCompleted) _messages.Add(message);
    }
}
