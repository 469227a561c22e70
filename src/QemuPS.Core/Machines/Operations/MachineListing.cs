using System.Runtime.CompilerServices;

namespace QemuPS.Machines;

/// <summary>
/// Looks at many machines at once. Those that answer come in the order they were named; one that hangs comes when its
/// time is over, after the others, and costs no more than that.
/// </summary>
public static class MachineListing
{
    // A socket each: more than this many wait for one another, well below what a process may have open.
    private const int MostAtOnce = 256;
    // A QEMU that lives answers within a few milliseconds, one whose first monitor is taken after a quarter of a second.
    private static readonly TimeSpan Late = TimeSpan.FromMilliseconds(500);

    /// <summary>Looks at the machines.</summary>
    /// <returns>What was found of each, as soon as it is known.</returns>
    public static async IAsyncEnumerable<MachineReading> ReadAsync(IReadOnlyList<Machine> machines, [EnumeratorCancellation] CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(machines);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var room = new SemaphoreSlim(MostAtOnce);
        var host = HostMoment.Now();
        var readings = machines.Select(machine => Task.Run(() => ReadAsync(machine, host, room, end.Token), CancellationToken.None)).ToList();
        try
        {
            var patience = Task.Delay(Late, end.Token);
            List<Task<MachineReading>> late = [];
            foreach (var reading in readings)
            {
                if (!reading.IsCompleted) await Task.WhenAny(reading, patience).ConfigureAwait(false);
                if (reading.IsCompleted) yield return await reading.ConfigureAwait(false);
                else late.Add(reading);
            }

            while (late.Count > 0)
            {
                var reading = await Task.WhenAny(late).ConfigureAwait(false);
                late.Remove(reading);
                yield return await reading.ConfigureAwait(false);
            }
        }
        finally
        {
            // The pipeline may have had enough.
            await end.CancelAsync().ConfigureAwait(false);
            await ((Task)Task.WhenAll(readings)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static async Task<MachineReading> ReadAsync(Machine machine, HostMoment host, SemaphoreSlim room, CancellationToken cancellation)
    {
        await room.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            return new MachineReading(machine, await MachineReader.ReadAsync(machine, host, cancellation).ConfigureAwait(false), null);
        }
        catch (Exception error) when (error is QemuException or IOException or UnauthorizedAccessException)
        {
            return new MachineReading(machine, null, error);
        }
        finally
        {
            room.Release();
        }
    }
}

/// <summary>What was found of a machine: how it is, or why that cannot be said.</summary>
/// <param name="Machine">The machine.</param>
/// <param name="Vm">How it is; null where that cannot be said.</param>
/// <param name="Error">Why it cannot be said: a definition that is damaged, for instance.</param>
public sealed record MachineReading(Machine Machine, QemuVm? Vm, Exception? Error);
