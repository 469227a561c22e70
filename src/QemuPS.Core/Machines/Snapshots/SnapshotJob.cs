using System.Text.Json.Nodes;
using QemuPS.Qmp;

namespace QemuPS.Machines;

/// <summary>
/// A job of QEMU that saves, loads or deletes snapshots (qapi/migration.json, snapshot-save). Its end is an event without the
/// reason; that is in query-jobs until the job is dismissed (qapi/job.json).
/// </summary>
/// <param name="connection">The connection to the machine.</param>
internal sealed class SnapshotJob(QmpConnection connection)
{
    // One at a time: who starts one holds the machine's lock. One that outlived its shell is found by its name.
    private const string Id = "qemups-snapshot";

    /// <summary>Runs one to its end.</summary>
    /// <param name="command">The command that starts it.</param>
    /// <param name="arguments">Its arguments without the job's id.</param>
    /// <param name="cancellation">Stops the wait; QEMU goes on to the end.</param>
    /// <returns>QEMU's words where it failed, or null.</returns>
    public async Task<string?> RunAsync(string command, JsonObject arguments, CancellationToken cancellation)
    {
        arguments["job-id"] = Id;
        // QEMU's monitor answers when the guest's memory has been written, however much it is.
        await connection.ExecuteAsync(command, arguments, Timeout.InfiniteTimeSpan, cancellation).ConfigureAwait(false);
        return await EndAsync(cancellation).ConfigureAwait(false);
    }

    /// <summary>Waits for one that another process started, if there is one.</summary>
    public async Task FinishLeftAsync(CancellationToken cancellation)
    {
        if (await FindAsync(cancellation).ConfigureAwait(false) is not null) await EndAsync(cancellation).ConfigureAwait(false);
    }

    private async Task<string?> EndAsync(CancellationToken cancellation)
    {
        // It may have ended before anybody listened.
        var job = await FindAsync(cancellation).ConfigureAwait(false);
        if (job?.Status != "concluded")
        {
            await foreach (var happened in connection.ReadEventsAsync(cancellation).ConfigureAwait(false))
            {
                if (happened.Name == "JOB_STATUS_CHANGE" && happened.Data.GetProperty("id").GetString() == Id && happened.Data.GetProperty("status").GetString() == "concluded") break;
            }

            job = await FindAsync(cancellation).ConfigureAwait(false);
        }

        await connection.ExecuteAsync("job-dismiss", new JsonObject { ["id"] = Id }, Machine.AnswerTimeout, CancellationToken.None).ConfigureAwait(false);
        return job?.Error;
    }

    private async Task<(string Status, string? Error)?> FindAsync(CancellationToken cancellation)
    {
        var jobs = await connection.ExecuteAsync("query-jobs", null, Timeout.InfiniteTimeSpan, cancellation).ConfigureAwait(false);
        foreach (var job in jobs.EnumerateArray().Where(job => job.GetProperty("id").GetString() == Id))
        {
            return (job.GetProperty("status").GetString()!, job.TryGetProperty("error", out var error) ? error.GetString() : null);
        }

        return null;
    }
}
