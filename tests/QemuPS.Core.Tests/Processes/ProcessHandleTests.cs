using System.Diagnostics;
using QemuPS.Processes;

namespace QemuPS.Tests.Processes;

public sealed class ProcessHandleTests : IDisposable
{
    private readonly Process _process = Process.Start(new ProcessStartInfo("sleep", "60"))!;

    public void Dispose()
    {
        _process.Kill();
        _process.Dispose();
    }

    [Fact]
    public async Task Waiting_without_a_limit_ends_with_the_process_and_not_before()
    {
        using var handle = ProcessHandle.TryOpen(_process.Id)!;

        var waiting = handle.WaitForExitAsync(Timeout.InfiniteTimeSpan, CancellationToken.None);
        Assert.NotSame(waiting, await Task.WhenAny(waiting, Task.Delay(300)));
        handle.Terminate();

        Assert.True(await waiting);
    }

    [Fact]
    public async Task A_limit_is_kept()
    {
        using var handle = ProcessHandle.TryOpen(_process.Id)!;

        Assert.False(await handle.WaitForExitAsync(TimeSpan.FromMilliseconds(50), CancellationToken.None));
        Assert.False(await handle.WaitForExitAsync(TimeSpan.Zero, CancellationToken.None));
    }

    [Fact]
    public async Task A_wait_can_be_given_up()
    {
        using var handle = ProcessHandle.TryOpen(_process.Id)!;
        using var stop = new CancellationTokenSource(50);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => handle.WaitForExitAsync(Timeout.InfiniteTimeSpan, stop.Token));
    }
}
