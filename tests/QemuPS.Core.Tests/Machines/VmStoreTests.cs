using QemuPS.Machines;

namespace QemuPS.Tests.Machines;

[Collection(RuntimeFolders.Name)]
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
    public async Task The_last_five_versions_of_a_definition_are_kept_the_latest_first()
    {
        var store = new VmStore(_folder);
        store.Add(new VmDefinition { Name = "dev", ProcessorCount = 1 });

        for (var count = 2; count <= 8; count++) await new Machine(store, "dev").ChangeAsync(definition => definition with { ProcessorCount = count }, CancellationToken.None);

        var kept = DefinitionHistory.Of(store.PathOf("dev")).Select(path => DefinitionJson.Read(File.ReadAllBytes(path), path).ProcessorCount);
        Assert.Equal(8, store.Load("dev").ProcessorCount);
        Assert.Equal([7, 6, 5, 4, 3], kept);
        Assert.Equal(DefinitionHistory.Length + 1, Directory.GetFiles(store.FolderOf("dev")).Length);
    }

    [Fact]
    public async Task A_change_that_changes_nothing_makes_no_version()
    {
        var store = new VmStore(_folder);
        store.Add(new VmDefinition { Name = "dev" });

        await new Machine(store, "dev").ChangeAsync(definition => definition with { ProcessorCount = 1 }, CancellationToken.None);

        Assert.Empty(DefinitionHistory.Of(store.PathOf("dev")));
    }

    [Fact]
    public async Task Changes_at_the_same_time_are_all_made()
    {
        var store = new VmStore(_folder);
        store.Add(new VmDefinition { Name = "dev" });

        await Task.WhenAll(Enumerable.Range(0, 20).Select(number => Task.Run(() =>
            new Machine(store, "dev").ChangeAsync(definition => definition with { Tag = [.. definition.Tag, $"t{number}"] }, CancellationToken.None))));

        Assert.Equal(20, store.Load("dev").Tag.Count);
    }

    [Fact]
    public async Task A_change_that_breaks_a_rule_changes_nothing()
    {
        var store = new VmStore(_folder);
        store.Add(new VmDefinition { Name = "dev" });

        var error = await Assert.ThrowsAsync<QemuException>(() => new Machine(store, "dev").ChangeAsync(definition => definition with { Notes = "" }, CancellationToken.None));

        Assert.Equal(ErrorId.InvalidDefinition, error.Id);
        Assert.Null(store.Load("dev").Notes);
    }

    [Fact]
    public async Task The_lock_of_another_machine_is_not_taken_for_this_one()
    {
        var store = new VmStore(_folder);
        using var held = await new Machine(store, "other").LockAsync(CancellationToken.None);

        Assert.Throws<ArgumentException>(() => store.Save(new VmDefinition { Name = "dev" }, held));
    }

    [Fact]
    public void A_definition_without_an_id_has_the_same_one_each_time()
    {
        var store = new VmStore(_folder);
        Directory.CreateDirectory(store.FolderOf("hand"));
        File.WriteAllText(store.PathOf("hand"), """{ "name": "hand" }""");

        Assert.NotEqual(Guid.Empty, store.Load("hand").Id);
        Assert.Equal(store.Load("hand").Id, store.Load("hand").Id);
        Assert.Equal(store.Load("hand").CreationTime, store.Load("hand").CreationTime);
    }

    [Fact]
    public void A_machine_with_its_folder_elsewhere_goes_with_it()
    {
        var store = new VmStore(_folder);
        var elsewhere = Directory.CreateDirectory(Path.Combine(_folder, "elsewhere")).FullName;
        store.PlaceFolder("dev", elsewhere);
        store.Add(new VmDefinition { Name = "dev" });

        Assert.True(File.Exists(Path.Combine(elsewhere, "dev", "vm.json")));
        Assert.Equal(["dev"], store.Names());

        store.Remove("dev");

        Assert.Empty(Directory.GetFileSystemEntries(elsewhere));
        Assert.Empty(store.Names());
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
