using System.Runtime.InteropServices;

namespace QemuPS.Processes;

/// <summary>Waits for the first of several descriptors that has something to read, or has ended (poll(2)).</summary>
public sealed partial class Readiness : IDisposable
{
    private const short Readable = 1;
    private const int Interrupted = 4;

    private readonly SafeHandle[] _watched;
    private readonly AnonymousPipe _stop = new();

    /// <summary>Watches descriptors, which must stay open as long as this object is used.</summary>
    public Readiness(params SafeHandle[] watched) => _watched = watched;

    /// <summary>Waits until one of them is ready.</summary>
    /// <param name="cancellation">Ends the wait at once.</param>
    /// <returns>Which are, in the order they were given.</returns>
    /// <exception cref="OperationCanceledException"/>
    public bool[] Wait(CancellationToken cancellation)
    {
        using var cancelled = cancellation.Register(_stop.Signal);
        var entries = _watched.Append(_stop.Reader).Select(handle => new Entry { Descriptor = (int)handle.DangerousGetHandle(), Events = Readable }).ToArray();
        while (Poll(entries, (nuint)entries.Length, -1) < 0)
        {
            if (Marshal.GetLastPInvokeError() != Interrupted) throw QemuException.FromIO("Cannot wait for input", new IOException(Marshal.GetLastPInvokeErrorMessage()));
        }

        cancellation.ThrowIfCancellationRequested();
        return [.. entries.SkipLast(1).Select(entry => entry.Result != 0)];
    }

    /// <inheritdoc/>
    public void Dispose() => _stop.Dispose();

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static partial int Poll([In, Out] Entry[] entries, nuint count, int timeout);

    // struct pollfd.
    [StructLayout(LayoutKind.Sequential)]
    private struct Entry
    {
        public int Descriptor;
        public short Events;
        public short Result;
    }
}
