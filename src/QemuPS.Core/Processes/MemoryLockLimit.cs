using System.Runtime.InteropServices;

namespace QemuPS.Processes;

/// <summary>
/// How much memory a process may lock (RLIMIT_MEMLOCK, getrlimit(2)). VFIO locks all memory of a guest, and a process that
/// is started inherits the limit of the one that starts it.
/// </summary>
internal static unsafe partial class MemoryLockLimit
{
    private const int MemoryLock = 8;
    private const int LockPrivilege = 14;
    private static readonly object Gate = new();
    private static int s_raised;
    private static Limit s_before;

    /// <summary>The most this user's processes may lock, in bytes; <see cref="ulong.MaxValue"/> for all there is.</summary>
    public static ulong Hard => Get(0).Hard;

    /// <summary>The kernel does not ask this process for a limit (CAP_IPC_LOCK, capabilities(7)).</summary>
    public static bool IsExempt
    {
        get
        {
            const string key = "CapEff:";
            var line = File.ReadLines("/proc/self/status").FirstOrDefault(line => line.StartsWith(key, StringComparison.Ordinal));
            return line is not null && ulong.TryParse(line.AsSpan(key.Length).Trim(), System.Globalization.NumberStyles.AllowHexSpecifier, System.Globalization.CultureInfo.InvariantCulture, out var set)
                && (set >> LockPrivilege & 1) == 1;
        }
    }

    /// <summary>Raises this process's limit as far as it may be raised, for what is started meanwhile; it comes back at the end.</summary>
    public static IDisposable RaiseForChildren()
    {
        lock (Gate)
        {
            if (s_raised++ == 0)
            {
                s_before = Get(0);
                Set(0, s_before with { Soft = s_before.Hard });
            }
        }

        return new Raised();
    }

    /// <summary>Raises the limit of a running process of this user as far as it may be raised.</summary>
    /// <returns>The limit it has then, in bytes; null where it may not be changed.</returns>
    public static ulong? Raise(int process)
    {
        Limit now;
        if (ProcessLimit(process, MemoryLock, null, &now) != 0) return null;
        if (now.Soft == now.Hard) return now.Soft;
        var wanted = now with { Soft = now.Hard };
        return ProcessLimit(process, MemoryLock, &wanted, null) == 0 ? wanted.Soft : null;
    }

    private static Limit Get(int process)
    {
        Limit limit;
        if (ProcessLimit(process, MemoryLock, null, &limit) != 0) throw Failure();
        return limit;
    }

    private static void Set(int process, Limit limit)
    {
        if (ProcessLimit(process, MemoryLock, &limit, null) != 0) throw Failure();
    }

    private static QemuException Failure() =>
        QemuException.FromIO("Cannot read or change the limit of locked memory", new IOException(Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())));

    private sealed class Raised : IDisposable
    {
        private bool _isOver;

        public void Dispose()
        {
            lock (Gate)
            {
                if (_isOver) return;
                _isOver = true;
                if (--s_raised == 0) Set(0, s_before);
            }
        }
    }

    [StructLayout(LayoutKind.Sequential)]
    private record struct Limit(ulong Soft, ulong Hard);

    [LibraryImport("libc", EntryPoint = "prlimit", SetLastError = true)]
    private static partial int ProcessLimit(int process, int resource, Limit* wanted, Limit* before);
}
