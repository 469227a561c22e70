using System.Text.Json;
using System.Threading.Channels;
using QemuPS.Qmp;

namespace QemuPS.Machines;

/// <summary>Watches machines.</summary>
public static class MachineEvents
{
    /// <summary>
    /// The events of several machines as they come. The stream ends when the last machine has ended.
    /// </summary>
    /// <exception cref="QemuException"><see cref="ErrorId.VmNotRunning"/>, <see cref="ErrorId.QmpBusy"/>, <see cref="ErrorId.QmpConnectionFailed"/></exception>
    public static async Task WatchAsync(IReadOnlyList<Machine> machines, Action<QemuEvent> told, CancellationToken cancellation)
    {
        var events = Channel.CreateUnbounded<QemuEvent>(new UnboundedChannelOptions { SingleReader = true });
        var watching = CompleteAsync(events.Writer, machines.Select(machine => WatchAsync(machine, events.Writer, cancellation)));
        await foreach (var one in events.Reader.ReadAllAsync(cancellation).ConfigureAwait(false)) told(one);
        await watching.ConfigureAwait(false);
    }

    /// <summary>
    /// A monitor of one's own, for as long as one likes. A monitor serves one client at a time and lets others wait without
    /// a word, and nothing tells from outside whether it is free: all are called, and the first that greets is taken.
    /// </summary>
    /// <exception cref="QemuException"><see cref="ErrorId.VmNotRunning"/>, <see cref="ErrorId.QmpBusy"/>, <see cref="ErrorId.QmpConnectionFailed"/></exception>
    internal static async Task<QmpConnection> ConnectAsync(Machine machine, TimeSpan patience, CancellationToken cancellation)
    {
        if (machine.FindProcess() is null) throw machine.NotRunning();
        // A machine of an older version has one monitor for events.
        var monitors = machine.Folder.EventsSockets.Where(File.Exists).ToList();
        if (monitors.Count == 0) throw new QemuException(ErrorId.QmpConnectionFailed, $"The machine '{machine.Name}' has no monitor for events.");
        using var found = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var calls = monitors.Select(monitor => QmpConnection.ConnectAsync(monitor, patience, found.Token)).ToList();
        var first = await FirstAsync(calls).ConfigureAwait(false);
        await found.CancelAsync().ConfigureAwait(false);
        foreach (var call in calls.Where(call => call != first)) await HangUpAsync(call).ConfigureAwait(false);
        if (first is not null) return await first.ConfigureAwait(false);

        cancellation.ThrowIfCancellationRequested();
        throw await WhyNoneAsync(machine, calls[0]).ConfigureAwait(false);
    }

    private static async Task<Task<QmpConnection>?> FirstAsync(IEnumerable<Task<QmpConnection>> calls)
    {
        var open = calls.ToList();
        while (open.Count > 0)
        {
            var ended = await Task.WhenAny(open).ConfigureAwait(false);
            if (ended.IsCompletedSuccessfully) return ended;
            open.Remove(ended);
        }

        return null;
    }

    private static async Task HangUpAsync(Task<QmpConnection> call)
    {
        try
        {
            await using var unwanted = await call.ConfigureAwait(false);
        }
        catch (Exception error) when (error is QemuException or OperationCanceledException)
        {
            // It was not wanted any more, or there was none.
        }
    }

    private static async Task<QemuException> WhyNoneAsync(Machine machine, Task<QmpConnection> call)
    {
        if (machine.FindProcess() is null) return machine.NotRunning();
        try
        {
            await using var connection = await call.ConfigureAwait(false);
            throw new InvalidOperationException("A call that failed has succeeded.");
        }
        catch (QemuException error) when (error.Id == ErrorId.QmpBusy)
        {
            var count = machine.Folder.EventsSockets.Count;
            return new QemuException(ErrorId.QmpBusy, $"None of the {count} monitors of '{machine.Name}' greeted: as many others watch it or wait for it, or QEMU hangs.", inner: error);
        }
        catch (QemuException error)
        {
            return error;
        }
    }

    private static async Task CompleteAsync(ChannelWriter<QemuEvent> events, IEnumerable<Task> watching)
    {
        try
        {
            await Task.WhenAll(watching).ConfigureAwait(false);
        }
        finally
        {
            events.Complete();
        }
    }

    private static async Task WatchAsync(Machine machine, ChannelWriter<QemuEvent> events, CancellationToken cancellation)
    {
        await using var connection = await ConnectAsync(machine, Machine.AnswerTimeout, cancellation).ConfigureAwait(false);
        await foreach (var told in connection.ReadEventsAsync(cancellation).ConfigureAwait(false))
        {
            var data = told.Data.ValueKind == JsonValueKind.Object ? (IReadOnlyDictionary<string, object?>)JsonValue.ToObject(told.Data)! : JsonValue.Empty;
            // Told once, QEMU forgets the threshold: whoever watches wants to hear of the next one as well.
            if (told.Name == CapacityWarning.EventName) await CapacityWarning.RearmAsync(connection, machine, told.Data, cancellation).ConfigureAwait(false);
            await events.WriteAsync(new QemuEvent(machine.Name, told.Name, data, told.Timestamp), cancellation).ConfigureAwait(false);
        }
    }
}
