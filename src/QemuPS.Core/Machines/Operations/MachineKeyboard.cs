using System.Text.Json.Nodes;

namespace QemuPS.Machines;

/// <summary>Presses keys of a machine's keyboard.</summary>
public static class MachineKeyboard
{
    // QEMU keeps what it has still to press in a queue of 1,024 entries and forgets the rest (ui/input.c); a stroke with
    // shift takes about ten. The monitor is left to others between the bundles.
    private const int StrokesAtOnce = 50;

    /// <summary>Presses and releases keys, one stroke after the other.</summary>
    /// <param name="machine">The running machine.</param>
    /// <param name="strokes">The strokes, each the keys that go down together, by QEMU's names.</param>
    /// <param name="hold">How long each stroke is held down.</param>
    /// <param name="cancellation">Stops after the strokes that QEMU has been given.</param>
    /// <exception cref="QemuException"><see cref="ErrorId.VmNotRunning"/>, <see cref="ErrorId.QmpCommandFailed"/></exception>
    public static async Task PressAsync(Machine machine, IReadOnlyList<IReadOnlyList<string>> strokes, TimeSpan hold, CancellationToken cancellation)
    {
        foreach (var bundle in strokes.Chunk(StrokesAtOnce))
        {
            await SendAsync(machine, bundle, hold, cancellation).ConfigureAwait(false);
            // QEMU answers when it has the strokes; it tells nobody when it has made them.
            await Task.Delay(hold * bundle.Length, cancellation).ConfigureAwait(false);
        }
    }

    private static async Task SendAsync(Machine machine, IReadOnlyList<string>[] strokes, TimeSpan hold, CancellationToken cancellation)
    {
        await using var connection = await machine.ConnectAsync(cancellation).ConfigureAwait(false);
        foreach (var stroke in strokes)
        {
            var arguments = new JsonObject
            {
                ["keys"] = new JsonArray([.. stroke.Select(key => new JsonObject { ["type"] = "qcode", ["data"] = key })]),
                ["hold-time"] = (int)hold.TotalMilliseconds,
            };
            await connection.ExecuteAsync("send-key", arguments, Machine.AnswerTimeout, cancellation).ConfigureAwait(false);
        }
    }
}
