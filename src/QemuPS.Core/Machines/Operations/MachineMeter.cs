using System.Diagnostics;
using System.Text.Json;
using QemuPS.Processes;
using QemuPS.Qmp;

namespace QemuPS.Machines;

/// <summary>Measures what machines use, from the kernel's and QEMU's counters.</summary>
public sealed class MachineMeter
{
    private static readonly QmpQuestion[] Questions = [new("query-blockstats")];

    private readonly Machine _machine;
    private readonly TimeSpan _patience;
    private Look? _before;

    private MachineMeter(Machine machine, TimeSpan interval)
    {
        _machine = machine;
        // A look must be over before the next one, or a QEMU that hangs would stretch the spans.
        _patience = interval < Machine.AnswerTimeout ? interval : Machine.AnswerTimeout;
    }

    /// <summary>Measures machines until each has ended or was measured often enough. One that hangs does not hold up the others.</summary>
    /// <param name="machines">The machines.</param>
    /// <param name="interval">The span between two looks.</param>
    /// <param name="samples">How many measurements of each; null for as long as it runs.</param>
    /// <param name="measured">Takes each measurement as it is made.</param>
    /// <param name="failed">Takes the name of a machine that cannot be measured, and why.</param>
    /// <param name="cancellation">Ends it.</param>
    public static Task MeasureAsync(
        IReadOnlyList<Machine> machines, TimeSpan interval, int? samples, Action<QemuVmMeasurement> measured, Action<object, Exception> failed, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(measured);
        ArgumentNullException.ThrowIfNull(failed);
        return Task.WhenAll(machines.Select(MeasureAsync));

        async Task MeasureAsync(Machine machine)
        {
            try
            {
                await new MachineMeter(machine, interval).RunAsync(interval, samples, measured, cancellation).ConfigureAwait(false);
            }
            catch (Exception error) when (error is QemuException or IOException or UnauthorizedAccessException)
            {
                failed(machine.Name, error);
            }
        }
    }

    private async Task RunAsync(TimeSpan interval, int? samples, Action<QemuVmMeasurement> measured, CancellationToken cancellation)
    {
        var processors = _machine.Load().ProcessorCount;
        if (await LookAsync(cancellation).ConfigureAwait(false) is not { } first) throw _machine.NotRunning();
        _before = first;
        using var timer = new PeriodicTimer(interval);
        for (var left = samples ?? int.MaxValue; left > 0 && await timer.WaitForNextTickAsync(cancellation).ConfigureAwait(false);)
        {
            if (await LookAsync(cancellation).ConfigureAwait(false) is not { } now) return;
            // Another QEMU since the last look: its counters have nothing to be compared with yet.
            if (now.Process.StartTime == _before.Process.StartTime)
            {
                measured(Compare(_before, now, processors));
                left--;
            }

            _before = now;
        }
    }

    // null when it does not run any more.
    private async Task<Look?> LookAsync(CancellationToken cancellation)
    {
        if (_machine.FindProcess() is not { } process) return null;
        var blocks = await AskAsync(process, cancellation).ConfigureAwait(false);
        return ProcessStatus.TryRead(process) is { } status ? new Look(Stopwatch.GetTimestamp(), status, blocks, TapCounters.TryRead(process)) : null;
    }

    // null when QEMU does not answer: the kernel's counters go on all the same.
    private async Task<BlockCounters?> AskAsync(int process, CancellationToken cancellation)
    {
        if (ProcessStatus.TryRead(process) is not { IsStopped: false }) return null;
        try
        {
            var answers = await MonitorInquiry.AskAsync(_machine.Folder.Monitors, process, Questions, _patience, cancellation).ConfigureAwait(false);
            return answers.Answers[0] is { ValueKind: JsonValueKind.Array } drives ? BlockCounters.From(drives) : null;
        }
        catch (QemuException error) when (error.Id is ErrorId.QmpBusy or ErrorId.QmpTimeout or ErrorId.QmpConnectionFailed or ErrorId.QmpOutcomeUnknown)
        {
            return null;
        }
    }

    private QemuVmMeasurement Compare(Look before, Look now, int processors)
    {
        var span = Stopwatch.GetElapsedTime(before.Timestamp, now.Timestamp);
        return new()
        {
            VmName = _machine.Name,
            Timestamp = DateTimeOffset.Now,
            Interval = span,
            CPUUsage = Math.Round(100 * ((now.Process.ProcessorTime - before.Process.ProcessorTime) / span) / processors, 1),
            ResidentBytes = now.Process.ResidentBytes,
            DiskReadBytesPerSecond = PerSecond(before.Blocks?.ReadBytes, now.Blocks?.ReadBytes),
            DiskWriteBytesPerSecond = PerSecond(before.Blocks?.WrittenBytes, now.Blocks?.WrittenBytes),
            NetRxBytesPerSecond = PerSecond(before.Network?.ReceivedBytes, now.Network?.ReceivedBytes),
            NetTxBytesPerSecond = PerSecond(before.Network?.SentBytes, now.Network?.SentBytes),
            BlockErrors = now.Blocks?.Errors,
        };

        ulong? PerSecond(ulong? earlier, ulong? later)
        {
            if (earlier is null || later is null) return null;
            // A drive or an adapter that was taken away takes its counters along.
            return later > earlier ? (ulong)Math.Round((later.Value - earlier.Value) / span.TotalSeconds) : 0;
        }
    }

    private sealed record Look(long Timestamp, ProcessStatus Process, BlockCounters? Blocks, TapCounters? Network);
}
