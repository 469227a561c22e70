using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace QemuPS.Processes;

/// <summary>
/// A running process that is not our child, held by a pidfd (pidfd_open(2)): waiting for its end is an event, and a
/// signal cannot hit another process that got its number meanwhile.
/// </summary>
public sealed partial class ProcessHandle : IDisposable
{
    private const int OpenSyscall = 434;
    private const int SendSignalSyscall = 424;
    private const int Kill = 9;
    private const int EndRequest = 15;
    private const int GoOn = 18;
    private const short Readable = 1;
    private const int NoSuchProcess = 3;
    private static readonly TimeSpan LongestPoll = TimeSpan.FromSeconds(2);

    private readonly SafeFileHandle _descriptor;

    private ProcessHandle(int processId, SafeFileHandle descriptor)
    {
        ProcessId = processId;
        _descriptor = descriptor;
    }

    /// <summary>The process id.</summary>
    public int ProcessId { get; }

    /// <summary>Takes hold of a process, or returns null when there is none of that number.</summary>
    public static ProcessHandle? TryOpen(int processId)
    {
        var descriptor = SystemCall(OpenSyscall, processId, 0, 0, 0);
        if (descriptor >= 0) return new ProcessHandle(processId, new SafeFileHandle((nint)descriptor, ownsHandle: true));
        var error = Marshal.GetLastPInvokeError();
        return error == NoSuchProcess ? null : throw Failure($"Cannot watch the process {processId}", error);
    }

    /// <summary>Waits until the process has ended.</summary>
    /// <param name="timeout">How long; <see cref="Timeout.InfiniteTimeSpan"/> for as long as it takes.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>Whether it ended within the time.</returns>
    public async Task<bool> WaitForExitAsync(TimeSpan timeout, CancellationToken cancellation)
    {
        var start = Stopwatch.GetTimestamp();
        while (true)
        {
            var left = timeout == Timeout.InfiniteTimeSpan ? LongestPoll : timeout - Stopwatch.GetElapsedTime(start);
            // poll cannot be cancelled: whoever gives up leaves a thread to it, for no longer than this.
            var patience = left < LongestPoll ? left : LongestPoll;
            if (await Task.Run(() => Poll((int)Math.Ceiling(Math.Max(0, patience.TotalMilliseconds))), CancellationToken.None).WaitAsync(cancellation).ConfigureAwait(false)) return true;
            if (left <= LongestPoll && timeout != Timeout.InfiniteTimeSpan) return false;
        }
    }

    /// <summary>Ends the process at once (SIGKILL).</summary>
    public void Terminate() => Send(Kill);

    /// <summary>Asks the process to end (SIGTERM).</summary>
    public void RequestEnd() => Send(EndRequest);

    /// <summary>Lets the process go on that a signal has stopped (SIGCONT).</summary>
    public void Continue() => Send(GoOn);

    /// <inheritdoc/>
    public void Dispose() => _descriptor.Dispose();

    private void Send(int signal)
    {
        if (SystemCall(SendSignalSyscall, (int)_descriptor.DangerousGetHandle(), signal, 0, 0) >= 0) return;
        var error = Marshal.GetLastPInvokeError();
        if (error != NoSuchProcess) throw Failure($"Cannot send a signal to the process {ProcessId}", error);
    }

    private bool Poll(int milliseconds)
    {
        var held = false;
        try
        {
            _descriptor.DangerousAddRef(ref held);
            var query = new PollDescriptor { Descriptor = (int)_descriptor.DangerousGetHandle(), Events = Readable };
            return Poll(ref query, 1, milliseconds) > 0;
        }
        finally
        {
            if (held) _descriptor.DangerousRelease();
        }
    }

    private static QemuException Failure(string what, int error) => QemuException.FromIO(what, new IOException(Marshal.GetPInvokeErrorMessage(error)));

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial long SystemCall(long number, int first, int second, nint third, int fourth);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static partial int Poll(ref PollDescriptor descriptors, nuint count, int timeout);

    [StructLayout(LayoutKind.Sequential)]
    private struct PollDescriptor
    {
        public int Descriptor;
        public short Events;
        public short ReturnedEvents;
    }
}
