using QemuPS.Processes;

namespace QemuPS.Tests.Processes;

public sealed class AtomicFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("qemups-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_file_is_replaced_as_a_whole_and_nothing_else_is_left()
    {
        var path = Path.Combine(_folder, "vm.json");
        File.WriteAllText(path, "old");

        AtomicFile.Write(path, "new"u8);

        Assert.Equal("new", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFiles(_folder));
    }

    [Fact]
    public void A_full_disk_leaves_the_old_content_and_says_what_happened()
    {
        // /dev/full takes the place of the full disk: a link with the temporary file's folder is not possible,
        // so the folder itself is one that nothing can be created in.
        var error = Assert.Throws<QemuException>(() => AtomicFile.Write("/proc/vm.json", "new"u8));

        Assert.Contains("/proc/vm.json", error.Message);
    }
}
