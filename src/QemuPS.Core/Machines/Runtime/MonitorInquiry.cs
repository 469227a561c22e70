using QemuPS.Qmp;

namespace QemuPS.Machines;

/// <summary>
/// Asks a running machine's QEMU. A monitor serves one client at a time, and a client that keeps the first one says
/// nothing about the machine: when it does not answer at once, the others are asked as well.
/// </summary>
internal static class MonitorInquiry
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(250);

    /// <summary>Asks, and makes sure that the process that answers is the one it should be.</summary>
    /// <param name="sockets">The monitors' sockets; the first is asked first.</param>
    /// <param name="process">The machine's QEMU.</param>
    /// <param name="questions">What is asked.</param>
    /// <param name="timeout">How long it may take.</param>
    /// <param name="cancellation">Stops the wait.</param>
    /// <exception cref="QemuException">What <see cref="QmpInquiry.AskAsync"/> throws.</exception>
    public static async Task<QmpAnswers> AskAsync(IReadOnlyList<string> sockets, int process, IReadOnlyList<QmpQuestion> questions, TimeSpan timeout, CancellationToken cancellation)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var first = AskAsync(sockets[0], timeout);
        if (sockets.Count == 1 || await AnswersAsync(first, end.Token).ConfigureAwait(false)) return await first.ConfigureAwait(false);

        List<Task<QmpAnswers>> asked = [first, .. sockets.Skip(1).Select(socket => AskAsync(socket, timeout - Patience))];
        var answer = await FirstAnswerAsync(asked).ConfigureAwait(false);
        await end.CancelAsync().ConfigureAwait(false);
        await ((Task)Task.WhenAll(asked)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        // Where none answers, the first one's words are the ones to show.
        return answer ?? await first.ConfigureAwait(false);

        async Task<QmpAnswers> AskAsync(string socket, TimeSpan patience)
        {
            var answers = await QmpInquiry.AskAsync(socket, questions, patience, end.Token).ConfigureAwait(false);
            if (answers.PeerProcessId == process) return answers;
            throw new QemuException(ErrorId.QmpConnectionFailed, $"The process {answers.PeerProcessId} answers at '{socket}', not the machine's QEMU (pid {process}).");
        }
    }

    private static async Task<bool> AnswersAsync(Task inquiry, CancellationToken cancellation)
    {
        await Task.WhenAny(inquiry, Task.Delay(Patience, cancellation)).ConfigureAwait(false);
        return inquiry.IsCompletedSuccessfully;
    }

    private static async Task<QmpAnswers?> FirstAnswerAsync(IEnumerable<Task<QmpAnswers>> asked)
    {
        for (var left = asked.ToList(); left.Count > 0;)
        {
            var done = await Task.WhenAny(left).ConfigureAwait(false);
            if (done.IsCompletedSuccessfully) return await done.ConfigureAwait(false);
            left.Remove(done);
        }

        return null;
    }
}
