using System.Diagnostics;
using QemuPS.Machines;

namespace QemuPS.Tests.Machines;

/// <summary>With the real QEMU.</summary>
[Collection(RuntimeFolders.Name)]
public sealed class MachineStartTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("qps").FullName;
    private readonly string? _runtime = Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR");

    public MachineStartTests() => Environment.SetEnvironmentVariable("XDG_RUNTIME_DIR", _folder);

    public void Dispose()
    {
        Environment.SetEnvironmentVariable("XDG_RUNTIME_DIR", _runtime);
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task A_start_that_is_cancelled_when_QEMU_has_come_up_ends_it_and_gives_the_lock_back()
    {
        var store = new VmStore(_folder);
        store.Add(new VmDefinition { Name = "dev", Accelerator = VmAccelerator.Tcg, MemoryStartupBytes = 64 << 20 });
        var machine = new Machine(store, "dev");
        var watch = Stopwatch.StartNew();

        // The moment between the pid file and the end of the start is short: it is tried until it was hit.
        while (!await StartAndCancelAsync(machine))
        {
            await MachineStop.TurnOffAsync(machine, NoFeedback.Instance, default);
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(60), "The moment was never hit.");
        }

        Assert.Null(machine.FindProcess());
        (await machine.LockAsync(default).WaitAsync(TimeSpan.FromSeconds(5))).Dispose();
    }

    private static async Task<bool> StartAndCancelAsync(Machine machine)
    {
        using var stop = new CancellationTokenSource();
        var start = Task.Run(() => MachineStart.StartAsync(machine, new StartRequest(), NoFeedback.Instance, stop.Token));
        while (!start.IsCompleted && machine.FindProcess() is null) await Task.Yield();
        stop.Cancel();
        try
        {
            await start;
            return false;
        }
        catch (OperationCanceledException)
        {
            return true;
        }
    }
}
