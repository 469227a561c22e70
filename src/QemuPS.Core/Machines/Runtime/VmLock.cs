using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using QemuPS.Processes;

namespace QemuPS.Machines;

/// <summary>
/// The lock of one machine (flock(2)): whoever starts, stops, removes or redefines it holds it. The kernel gives it
/// back when its holder dies, however it dies.
/// </summary>
public sealed partial class VmLock : IDisposable
{
    private const int Shared = 1;
    private const int Exclusive = 2;
    private const int DoNotWait = 4;
    private const int ReadWriteCreateCloseOnExec = 0x2 | 0x40 | 0x80000;
    private const uint OwnerOnly = 0x180;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _path;
    private readonly SafeFileHandle _file;

    private VmLock(string path, SafeFileHandle file)
    {
        _path = path;
        _file = file;
    }

    /// <summary>Waits for the lock and takes it.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.VmBusy"/> when another process holds it for longer than a minute.</exception>
    public static async Task<VmLock> AcquireAsync(string path, string machine, CancellationToken cancellation)
    {
        while (true)
        {
            var file = OpenFile(path);
            await WaitForAsync(file, machine, cancellation).ConfigureAwait(false);
            // Who held it before may have removed the file: then this lock is of a file that nobody else will find.
            if (FileStatus.Find(path) == FileStatus.Of(file)) return new VmLock(path, file);
            file.Dispose();
        }
    }

    /// <summary>Whether it is the lock of the machine with this runtime folder.</summary>
    public bool IsOf(RuntimeFolder folder) => Path.GetFileName(folder.LockFile) == Path.GetFileName(_path);

    /// <summary>Whether somebody holds the lock at this moment.</summary>
    public static bool IsHeld(string path)
    {
        if (!File.Exists(path)) return false;
        using var file = OpenFile(path);
        // To take it for a moment and to give it back is the only way to ask; whoever comes meanwhile waits that long.
        return Flock(file, Shared | DoNotWait) != 0;
    }

    /// <summary>The process that holds the lock at this moment, where the kernel tells (/proc/locks, proc_locks(5)).</summary>
    public static int? FindHolder(string path)
    {
        if (FileStatus.Find(path) is not { } file) return null;
        // 12: FLOCK  ADVISORY  WRITE 1234 08:01:5678 0 EOF; those who wait for it have an arrow before their line.
        return File.ReadLines("/proc/locks")
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(words => words.Length > 5 && words[1] == "FLOCK" && words[5].EndsWith($":{file.Inode}", StringComparison.Ordinal))
            .Select(words => int.Parse(words[4], CultureInfo.InvariantCulture))
            .Cast<int?>()
            .FirstOrDefault(id => id > 0);
    }

    /// <summary>Gives the lock back and removes its file: the machine is gone.</summary>
    public void DisposeAndRemove()
    {
        File.Delete(_path);
        Dispose();
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    // The runtime's own open takes a lock of its own and fails when somebody holds ours.
    private static SafeFileHandle OpenFile(string path)
    {
        var descriptor = Open(path, ReadWriteCreateCloseOnExec, OwnerOnly);
        return descriptor >= 0
            ? new SafeFileHandle(descriptor, ownsHandle: true)
            : throw QemuException.FromIO($"Cannot lock '{path}'", new IOException(Marshal.GetLastPInvokeErrorMessage()));
    }

    private static async Task WaitForAsync(SafeFileHandle file, string machine, CancellationToken cancellation)
    {
        // flock waits in the kernel and cannot be cancelled: whoever gives up leaves the wait to itself.
        var waiting = Task.Run(() => Lock(file), CancellationToken.None);
        try
        {
            await waiting.WaitAsync(Patience, cancellation).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            _ = waiting.ContinueWith(_ => file.Dispose(), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            if (error is not TimeoutException) throw;
            throw new QemuException(ErrorId.VmBusy, $"Another process has been working on the machine '{machine}' for more than {Patience.TotalSeconds:0} s.", inner: error);
        }
    }

    private static void Lock(SafeFileHandle file)
    {
        if (Flock(file, Exclusive) != 0) throw new IOException(Marshal.GetLastPInvokeErrorMessage());
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int Flock(SafeFileHandle file, int operation);
}
