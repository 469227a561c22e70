using System.Collections.Concurrent;
using System.Management.Automation;

namespace QemuPS.Binding;

/// <summary>
/// Works on several items of a pipeline at once. What each says and gives is written by the pipeline thread while it
/// waits for room, and at the end. An error of one item does not stop the others.
/// </summary>
/// <param name="command">The cmdlet that writes.</param>
/// <param name="limit">How many items are worked on at once.</param>
/// <param name="stop">Cancels all of them.</param>
internal sealed class ConcurrentWork(Cmdlet command, int limit, CancellationTokenSource stop) : IDisposable
{
    private readonly BlockingCollection<Action> _messages = [];
    private readonly List<Task> _tasks = [];
    private int _running;
    private int _lastId;

    /// <summary>Begins with an item, and waits until there is room for another.</summary>
    /// <param name="item">What an error is about.</param>
    /// <param name="work">The work; its result is written unless it is null.</param>
    public void Add(object item, Func<IFeedback, CancellationToken, Task<object?>> work)
    {
        var feedback = new Voice(this, ++_lastId);
        _running++;
        _tasks.Add(Task.Run(() => RunAsync(item, work, feedback)));
        WriteUntil(() => _running < limit);
    }

    /// <summary>Waits for all that is under way.</summary>
    public void Complete() => WriteUntil(() => _running == 0);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_running > 0) stop.Cancel();
        Task.WaitAll([.. _tasks]);
        _messages.Dispose();
    }

    private void WriteUntil(Func<bool> done)
    {
        try
        {
            while (!done()) _messages.Take()();
        }
        catch
        {
            // The pipeline has ended under us: the work has to end too, and to clean up.
            stop.Cancel();
            Task.WaitAll([.. _tasks]);
            throw;
        }
    }

    private async Task RunAsync(object item, Func<IFeedback, CancellationToken, Task<object?>> work, IFeedback feedback)
    {
        try
        {
            var result = await work(feedback, stop.Token).ConfigureAwait(false);
            Post(() => command.WriteObject(result), result is not null);
        }
        catch (Exception error) when (ErrorRecords.IsOfItem(error))
        {
            Post(() => command.WriteError(error.ToItemError(item)));
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            Post(() => throw new PipelineStoppedException());
        }
        catch (Exception error)
        {
            Post(() => throw new InvalidOperationException(error.Message, error));
        }
        finally
        {
            Post(() => _running--);
        }
    }

    private void Post(Action message, bool really = true)
    {
        if (really) _messages.Add(message);
    }

    private sealed class Voice(ConcurrentWork work, int id) : IFeedback
    {
        public void Verbose(string message) => work.Post(() => work.Command.WriteVerbose(message));

        public void Warning(string message) => work.Post(() => work.Command.WriteWarning(message));

        public void Progress(WorkProgress progress) => work.Post(() => work.Command.WriteProgress(progress.ToRecord(id)));
    }

    private Cmdlet Command => command;
}
