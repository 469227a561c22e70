using System.Text.Json.Nodes;
using QemuPS.Qmp;

namespace QemuPS.Machines;

/// <summary>A block job of a running QEMU that is followed to its end (qapi/block-core.json, BLOCK_JOB_READY and BLOCK_JOB_COMPLETED).</summary>
/// <param name="connection">The connection that started it, or will.</param>
/// <param name="id">The job's id.</param>
/// <param name="activity">What it does, for the progress bar.</param>
/// <param name="feedback">Hears of the progress.</param>
internal sealed class BlockJob(QmpConnection connection, string id, string activity, IFeedback feedback)
{
    /// <summary>The job's id.</summary>
    public string Id { get; } = id;

    /// <summary>Waits until the job is ready, lets it complete and waits for its end. Cancelled, the job is cancelled too.</summary>
    /// <param name="progressInterval">How often the progress is asked for: QEMU has no event for it.</param>
    /// <param name="cancellation">Cancels the job.</param>
    /// <exception cref="QemuException"><see cref="ErrorId.LiveChangeFailed"/> with QEMU's words.</exception>
    public async Task CompleteAsync(TimeSpan progressInterval, CancellationToken cancellation)
    {
        using var ended = new CancellationTokenSource();
        var progress = ReportAsync(progressInterval, ended.Token);
        try
        {
            await FollowAsync(cancellation).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            await connection.ExecuteAsync("block-job-cancel", new JsonObject { ["device"] = Id, ["force"] = true }, Machine.AnswerTimeout, CancellationToken.None).ConfigureAwait(false);
            throw;
        }
        finally
        {
            await ended.CancelAsync().ConfigureAwait(false);
            await progress.ConfigureAwait(false);
        }
    }

    private async Task FollowAsync(CancellationToken cancellation)
    {
        await foreach (var happened in connection.ReadEventsAsync(cancellation).ConfigureAwait(false))
        {
            if (!happened.Name.StartsWith("BLOCK_JOB_", StringComparison.Ordinal) || happened.Data.GetProperty("device").GetString() != Id) continue;
            switch (happened.Name)
            {
                case "BLOCK_JOB_READY":
                    await connection.ExecuteAsync("block-job-complete", new JsonObject { ["device"] = Id }, Machine.AnswerTimeout, cancellation).ConfigureAwait(false);
                    break;
                case "BLOCK_JOB_COMPLETED" when happened.Data.TryGetProperty("error", out var error):
                    throw new QemuException(ErrorId.LiveChangeFailed, $"{activity} failed: {error}.");
                case "BLOCK_JOB_COMPLETED":
                    return;
                case "BLOCK_JOB_CANCELLED":
                    throw new QemuException(ErrorId.LiveChangeFailed, $"{activity} was cancelled by somebody else.");
                default:
                    break;
            }
        }

        throw new QemuException(ErrorId.QmpOutcomeUnknown, $"QEMU closed the connection while it was {activity.ToLowerInvariant()}.");
    }

    private async Task ReportAsync(TimeSpan interval, CancellationToken ended)
    {
        using var timer = new PeriodicTimer(interval);
        try
        {
            while (await timer.WaitForNextTickAsync(ended).ConfigureAwait(false))
            {
                var jobs = await connection.ExecuteAsync("query-block-jobs", null, Machine.AnswerTimeout, ended).ConfigureAwait(false);
                foreach (var job in jobs.EnumerateArray().Where(job => job.GetProperty("device").GetString() == Id && job.GetProperty("len").GetInt64() > 0))
                {
                    var percent = Math.Min(99.99, 100.0 * job.GetProperty("offset").GetInt64() / job.GetProperty("len").GetInt64());
                    feedback.Progress(new WorkProgress(activity, $"{percent:0.0} %", percent));
                }
            }
        }
        catch (Exception error) when (error is OperationCanceledException or QemuException)
        {
            // The job has ended, or the connection; who follows the job tells of it.
            feedback.Progress(new WorkProgress(activity, "Done", 100));
        }
    }
}
