using System.Management.Automation;
using QemuPS.Binding;
using QemuPS.Machines;

namespace QemuPS.Commands.Vm;

/// <summary>
/// <c>New-QemuVm</c>: defines machines. Its parameters lie beside it, a file for each thing a machine is made of; each file has a
/// step that puts what was given into the definition and leaves the rest as it is.
/// </summary>
[Cmdlet(VerbsCommon.New, "QemuVm", DefaultParameterSetName = WithExistingDisk, SupportsShouldProcess = true)]
[OutputType(typeof(QemuVm))]
public sealed partial class NewQemuVmCommand : QemuCommand
{
    private const string WithExistingDisk = "ExistingDisk";
    private const string WithNewDisk = "NewDisk";
    private const string WithNoDisk = "NoDisk";
    private const string FromDefinition = "Definition";

    /// <summary>The machine's name. For a definition, another name than the one in it.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ParameterSetName = WithExistingDisk)]
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ParameterSetName = WithNewDisk)]
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ParameterSetName = WithNoDisk)]
    [Parameter(Position = 0, ParameterSetName = FromDefinition)]
    [Alias("VmName")]
    [AllowEmptyString]
    [NewNameTransformation]
    public string? Name { get; set; }

    /// <summary>What the machine is: JSON text, a hashtable, a machine of Get-QemuVm, also one that has been through JSON or a file. What other parameters say comes on top.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = FromDefinition)]
    [DefinitionTransformation]
    [ValidateNotNullOrEmpty]
    public object? Definition { get; set; }

    /// <summary>A definition that comes as text is taken without a question, whatever is in it.</summary>
    [Parameter(ParameterSetName = FromDefinition)]
    public SwitchParameter Force { get; set; }

    /// <summary>The folder in which the machine gets its own; the store's without it.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Path { get; set; }

    /// <summary>Anything worth remembering.</summary>
    [Parameter]
    public string? Notes { get; set; }

    /// <summary>Words to find the machine by.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[]? Tag { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (ParameterSetName != FromDefinition)
        {
            ForItem(Name, () => Define(Complete(new VmDefinition { Name = Name! }), isOwn: true));
            return;
        }

        ForItem(Definition, () =>
        {
            foreach (var given in DefinitionInput.From(Definition!)) ForItem(given.Definition.Name, () => DefineGiven(given));
        });
    }

    private void DefineGiven(DefinitionInput given)
    {
        var store = VmStore.Open();
        var named = given.Definition with { Name = Name ?? given.Definition.Name };
        VmName.Require(named.Name);
        named = named.WithOwnVariables(store.FolderOf(named.Name));
        var unique = DefinitionIdentity.MakeUnique(store, DefinitionPaths.MakeFull(named, store.FolderOf(named.Name)));
        if (unique.Id != given.Definition.Id) WriteVerbose($"Another machine has the id {given.Definition.Id}; '{named.Name}' gets a new one.");
        Define(Complete(unique), given.IsOwn);
    }

    private void Define(VmDefinition definition, bool isOwn)
    {
        var store = VmStore.Open();
        var newDisk = NewDiskPath.Length == 0 ? null : NewDisk();
        var seed = Seed(definition);
        store.RequireNew(definition);

        var create = newDisk is null ? "" : $"{newDisk.Describe()}; ";
        if (!ShouldDo($"{create}Define the machine '{definition.Name}' in '{store.PathOf(definition.Name)}'")) return;
        if (!isOwn && !this.MayTake(definition, store.FolderOf(definition.Name), Force)) return;
        var machine = new Machine(store, definition.Name);
        var parent = Path is null ? null : this.FullPath(Path);
        WriteObject(Await(async (_, cancellation) =>
        {
            await MachineCreation.CreateAsync(machine, definition, newDisk, seed, parent, cancellation).ConfigureAwait(false);
            return await MachineReader.ReadAsync(machine, cancellation).ConfigureAwait(false);
        }));
    }

    private VmDefinition Complete(VmDefinition definition) =>
        WithFirmware(WithCloudInit(WithNetwork(WithDrives(WithBoot(WithDevices(WithProcessor(WithGuest(definition with
        {
            Notes = Notes ?? definition.Notes,
            Tag = Tag ?? definition.Tag,
        }))))))));

    private string ExistingFile(string path)
    {
        var full = this.FullPath(path);
        return File.Exists(full) ? full : throw new QemuException(ErrorId.MediumNotFound, $"There is no file '{full}'.");
    }
}
