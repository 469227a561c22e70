using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using QemuPS.Qmp;

namespace QemuPS.Machines;

/// <summary>
/// A machine's state through a monitor: QEMU's migration (docs/devel/migration.rst) to and from a file that is open here and
/// handed over. QEMU starts no program for it and opens no path, and goes on with it when we do not live to see the end.
/// </summary>
internal sealed class StateStream(QmpConnection monitor, IFeedback feedback, CancellationToken cancellation)
{
    private const string FileName = "qemups-state";
    private static readonly TimeSpan ProgressInterval = TimeSpan.FromMilliseconds(500);

    /// <summary>Writes the state of a machine whose guest is stopped. A stream that does not become complete is given up, and the machine is as before.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.VmSaveFailed"/> with QEMU's words.</exception>
    public async Task WriteAsync(FileStream file, bool compress, string activity)
    {
        if (!compress)
        {
            await HandOverAsync(file.SafeFileHandle).ConfigureAwait(false);
            await MigrateAsync(activity).ConfigureAwait(false);
            return;
        }

        using var compression = StateCompression.To(file);
        await HandOverAsync(compression.QemuEnd).ConfigureAwait(false);
        compression.HandedOver();
        try
        {
            await MigrateAsync(activity).ConfigureAwait(false);
        }
        catch (QemuException) when (compression.Fault is not null)
        {
            // QEMU says only that it could not write.
            throw compression.Fault;
        }

        await compression.CompleteAsync().ConfigureAwait(false);
    }

    /// <summary>Loads a state into a QEMU that waits for it; false when QEMU could not, which ends it.</summary>
    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    public async Task<bool> ReadAsync(FileStream file, bool isCompressed)
    {
        if (!isCompressed)
        {
            await HandOverAsync(file.SafeFileHandle).ConfigureAwait(false);
            return await IncomingAsync().ConfigureAwait(false);
        }

        using var compression = StateCompression.From(file);
        await HandOverAsync(compression.QemuEnd).ConfigureAwait(false);
        compression.HandedOver();
        var isLoaded = await IncomingAsync().ConfigureAwait(false);
        // The checksum is at the end: QEMU may have taken all and know nothing of it.
        if (isLoaded || compression.Fault is InvalidDataException) await compression.CompleteAsync().ConfigureAwait(false);
        return isLoaded;
    }

    /// <summary>Ends what somebody began who did not live to see its end.</summary>
    public async Task AbandonAsync()
    {
        var state = await ExecuteAsync("query-migrate", null).ConfigureAwait(false);
        if (!state.TryGetProperty("status", out var status) || status.GetString() is "none" or "completed" or "failed" or "cancelled") return;
        await ExecuteAsync("migrate_cancel", null).ConfigureAwait(false);
        await OutcomeAsync(cancellation).ConfigureAwait(false);
    }

    private async Task MigrateAsync(string activity)
    {
        // The limit is for networks; a file takes what it takes.
        await ExecuteAsync("migrate-set-parameters", new JsonObject { ["max-bandwidth"] = long.MaxValue }).ConfigureAwait(false);
        await ExecuteAsync("migrate", new JsonObject { ["uri"] = $"fd:{FileName}" }).ConfigureAwait(false);
        using var done = new CancellationTokenSource();
        var progress = ReportAsync(activity, done.Token);
        var outcome = await EndAsync().ConfigureAwait(false);
        await done.CancelAsync().ConfigureAwait(false);
        await progress.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (outcome != "completed") throw new QemuException(ErrorId.VmSaveFailed, await WhyAsync(outcome).ConfigureAwait(false));
    }

    private async Task<bool> IncomingAsync()
    {
        await ExecuteAsync("migrate-incoming", new JsonObject { ["uri"] = $"fd:{FileName}" }).ConfigureAwait(false);
        return await EndAsync().ConfigureAwait(false) == "completed";
    }

    private async Task HandOverAsync(SafeHandle file)
    {
        var events = new JsonArray(new JsonObject { ["capability"] = "events", ["state"] = true });
        await ExecuteAsync("migrate-set-capabilities", new JsonObject { ["capabilities"] = events }).ConfigureAwait(false);
        await monitor.ExecuteAsync("getfd", new JsonObject { ["fdname"] = FileName }, Machine.AnswerTimeout, cancellation, file: file).ConfigureAwait(false);
    }

    // The last word of the migration; "ended" when QEMU went without one.
    private async Task<string> EndAsync()
    {
        try
        {
            return await OutcomeAsync(cancellation).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Not to be left in the middle: the machine shall be as it was.
            await monitor.ExecuteAsync("migrate_cancel", null, Machine.AnswerTimeout, CancellationToken.None).ConfigureAwait(false);
            var outcome = await OutcomeAsync(CancellationToken.None).ConfigureAwait(false);
            if (outcome == "completed") return outcome;
            throw;
        }
    }

    private async Task<string> OutcomeAsync(CancellationToken stop)
    {
        await foreach (var told in monitor.ReadEventsAsync(stop).ConfigureAwait(false))
        {
            if (told.Name == "MIGRATION" && told.Data.GetProperty("status").GetString() is "completed" or "failed" or "cancelled") return told.Data.GetProperty("status").GetString()!;
        }

        return "ended";
    }

    private async Task ReportAsync(string activity, CancellationToken done)
    {
        while (true)
        {
            await Task.Delay(ProgressInterval, done).ConfigureAwait(false);
            var state = await monitor.ExecuteAsync("query-migrate", null, Machine.AnswerTimeout, done).ConfigureAwait(false);
            if (!state.TryGetProperty("ram", out var memory)) continue;
            var total = memory.GetProperty("total").GetDouble();
            var percent = total > 0 ? 100 * (total - memory.GetProperty("remaining").GetDouble()) / total : -1;
            feedback.Progress(new WorkProgress(activity, $"{memory.GetProperty("transferred").GetInt64() >> 20} MiB", percent));
        }
    }

    private async Task<string> WhyAsync(string outcome)
    {
        if (outcome == "ended") return "QEMU ended in the middle of it";
        var state = await ExecuteAsync("query-migrate", null).ConfigureAwait(false);
        return state.TryGetProperty("error-desc", out var words) ? words.GetString()! : $"QEMU says '{outcome}'";
    }

    private Task<System.Text.Json.JsonElement> ExecuteAsync(string command, JsonObject? arguments) =>
        monitor.ExecuteAsync(command, arguments, Machine.AnswerTimeout, cancellation);
}
