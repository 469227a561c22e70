using System.Text.Json;
using System.Threading.Channels;
using QemuPS.Qmp;

namespace QemuPS.Machines;

/// <summary>Watches machines.</summary>
public static class MachineEvents
{
    /// <summary>
    /// The events of several machines as they come. The stream ends when the last machine has ended. The monitor for
    /// watching serves one client at a time: who comes second is told so after a few seconds.
    /// </summary>
    /// <exception cref="QemuException"><see cref="ErrorId.VmNotRunning"/>, <see cref="ErrorId.QmpBusy"/>, <see cref="ErrorId.QmpConnectionFailed"/></exception>
    public static async Task WatchAsync(IReadOnlyList<Machine> machines, Action<QemuEvent> told, CancellationToken cancellation)
    {
        var events = Channel.CreateUnbounded<QemuEvent>(new UnboundedChannelOptions { SingleReader = true });
        var watching = CompleteAsync(events.Writer, machines.Select(machine => WatchAsync(machine, events.Writer, cancellation)));
        await foreach (var one in events.Reader.ReadAllAsync(cancellation).ConfigureAwait(false)) told(one);
        await watching.ConfigureAwait(false);
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
        if (machine.FindProcess() is null) throw machine.NotRunning();
        await using var connection = await QmpConnection.ConnectAsync(machine.Folder.EventsSocket, Machine.AnswerTimeout, cancellation).ConfigureAwait(false);
        await foreach (var told in connection.ReadEventsAsync(cancellation).ConfigureAwait(false))
        {
            var data = told.Data.ValueKind == JsonValueKind.Object ? (IReadOnlyDictionary<string, object?>)JsonValue.ToObject(told.Data)! : JsonValue.Empty;
            // Told once, QEMU forgets the threshold: whoever watches wants to hear of the next one as well.
            if (told.Name == CapacityWarning.EventName) await CapacityWarning.RearmAsync(connection, machine, told.Data, cancellation).ConfigureAwait(false);
            await events.WriteAsync(new QemuEvent(machine.Name, told.Name, data, told.Timestamp), cancellation).ConfigureAwait(false);
        }
    }
}
