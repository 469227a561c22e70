using QemuPS.Machines;

namespace QemuPS.Tests.Machines;

public sealed class VmLockTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("qemups-test-").FullName;

    private string LockFile => Path.Combine(_folder, "dev.lock");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task The_second_waits_until_the_first_lets_go()
    {
        var first = await AcquireAsync();
        var second = AcquireAsync();
        await Task.WhenAny(second, Task.Delay(200));
        Assert.False(second.IsCompleted);

        first.Dispose();

        using var held = await second.WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task Who_waited_for_the_lock_of_a_machine_that_was_removed_gets_a_lock_that_others_see()
    {
        var first = await AcquireAsync();
        var second = AcquireAsync();

        first.DisposeAndRemove();

        using var held = await second.WaitAsync(TimeSpan.FromSeconds(10));
        Assert.True(File.Exists(LockFile));
        var third = AcquireAsync();
        await Task.WhenAny(third, Task.Delay(200));
        Assert.False(third.IsCompleted);
        held.Dispose();
        (await third).Dispose();
    }

    [Fact]
    public async Task Waiting_ends_when_it_is_cancelled()
    {
        using var first = await AcquireAsync();
        using var stop = new CancellationTokenSource();
        var second = VmLock.AcquireAsync(LockFile, "dev", stop.Token);

        stop.Cancel();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
    }

    private Task<VmLock> AcquireAsync() => VmLock.AcquireAsync(LockFile, "dev", CancellationToken.None);
}
