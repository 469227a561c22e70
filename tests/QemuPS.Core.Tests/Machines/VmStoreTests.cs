using QemuPS.Machines;

namespace QemuPS.Tests.Machines;

public sealed class VmStoreTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("qemups-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_store_that_is_not_there_has_no_machines() =>
        Assert.Empty(new VmStore(Path.Combine(_folder, "none")).Names());

    [Fact]
    public void A_machine_that_was_added_is_found_and_read_back()
    {
        var store = new VmStore(_folder);

        store.Add(new VmDefinition { Name = "dev", ProcessorCount = 3 });

        Assert.Equal(["dev"], store.Names());
        Assert.Equal(3, store.Load("dev").ProcessorCount);
    }

    [Fact]
    public void The_same_name_twice_is_refused_and_the_first_stays()
    {
        var store = new VmStore(_folder);
        store.Add(new VmDefinition { Name = "dev", ProcessorCount = 3 });

        var error = Assert.Throws<QemuException>(() => store.Add(new VmDefinition { Name = "dev" }));

        Assert.Equal(ErrorId.VmExists, error.Id);
        Assert.Equal(3, store.Load("dev").ProcessorCount);
    }

    [Fact]
    public void A_folder_that_was_renamed_renames_the_machine()
    {
        var store = new VmStore(_folder);
        store.Add(new VmDefinition { Name = "old" });

        Directory.Move(store.FolderOf("old"), store.FolderOf("new"));

        Assert.Equal("new", store.Load("new").Name);
    }

    [Fact]
    public void A_definition_that_cannot_be_written_leaves_no_machine()
    {
        var store = new VmStore("/proc");

        var error = Assert.Throws<QemuException>(() => store.Add(new VmDefinition { Name = "dev" }));

        Assert.True(error.Id is ErrorId.FileSystemError or ErrorId.AccessDenied);
        Assert.Empty(store.Names());
    }

    [Fact]
    public void Removing_takes_the_whole_folder()
    {
        var store = new VmStore(_folder);
        store.Add(new VmDefinition { Name = "dev" });

        store.Remove("dev");

        Assert.False(Directory.Exists(store.FolderOf("dev")));
    }

    [Fact]
    public void A_machine_that_is_not_there_is_an_error_with_its_name() =>
        Assert.Contains("'ghost'", Assert.Throws<QemuException>(() => new VmStore(_folder).Load("ghost")).Message);

    [Fact]
    public void Socket_paths_stay_short_for_the_longest_name()
    {
        var folder = new RuntimeFolder(new VmStore(_folder), new string('x', VmName.MaximumLength));

        Assert.True(Path.GetFileName(folder.Path).Length + "/events.sock".Length < 60);
    }

    [Fact]
    public void Machines_of_the_same_name_in_two_stores_have_two_runtime_folders()
    {
        var one = new RuntimeFolder(new VmStore(Path.Combine(_folder, "a")), "dev");
        var two = new RuntimeFolder(new VmStore(Path.Combine(_folder, "b")), "dev");

        Assert.NotEqual(one.Path, two.Path);
    }
}
