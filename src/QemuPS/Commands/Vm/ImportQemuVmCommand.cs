using System.Management.Automation;
using QemuPS.Binding;
using QemuPS.Machines;

namespace QemuPS.Commands.Vm;

/// <summary><c>Import-QemuVm</c>: adds machines that were exported, written as a command, or started by somebody else.</summary>
[Cmdlet(VerbsData.Import, "QemuVm", DefaultParameterSetName = FromPath, SupportsShouldProcess = true)]
[OutputType(typeof(QemuVm))]
public sealed class ImportQemuVmCommand : QemuCommand
{
    private const string FromPath = "Path";
    private const string FromLiteralPath = "LiteralPath";
    private const string FromCommandLine = "CommandLine";
    private const string FromSocket = "QmpSocket";
    private const string FromProcess = "Process";

    /// <summary>What Export-QemuVm wrote, a folder or an archive, or a definition's document; wildcards are resolved.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ParameterSetName = FromPath)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string[] Path { get; set; } = [];

    /// <summary>The same; nothing in the path is a wildcard.</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = FromLiteralPath)]
    [Alias("FullName", "PSPath")]
    [ValidateNotNullOrEmpty]
    public string[] LiteralPath { get; set; } = [];

    /// <summary>A command as ConvertFrom-QemuCommandLine reads it.</summary>
    [Parameter(Mandatory = true, ParameterSetName = FromCommandLine)]
    [ValidateNotNullOrEmpty]
    public string CommandLine { get; set; } = "";

    /// <summary>The QMP socket of a running QEMU, which is taken for the machine's own.</summary>
    [Parameter(Mandatory = true, ParameterSetName = FromSocket)]
    [ValidateNotNullOrEmpty]
    public string QmpSocketPath { get; set; } = "";

    /// <summary>The process id of a running QEMU, which is taken for the machine's own.</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = FromProcess)]
    [Alias("Pid")]
    [ValidateRange(1, int.MaxValue)]
    public int[] ProcessId { get; set; } = [];

    /// <summary>The machine's name in the store; its own without it.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? NewName { get; set; }

    /// <summary>A new id and new hardware addresses: for a machine that lives on elsewhere.</summary>
    [Parameter]
    public SwitchParameter GenerateNewId { get; set; }

    /// <summary>What reaches beyond the machine is taken without a question.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var pattern in Path) ForItem(pattern, () => { foreach (var path in this.MatchingPaths(pattern)) ForItem(path, () => ImportExport(path)); });
        foreach (var path in LiteralPath) ForItem(path, () => ImportExport(this.FullPath(path)));
        foreach (var id in ProcessId) ForItem(id, () => Adopt(MachineAdoption.OfProcess(id)));
        if (QmpSocketPath.Length > 0) ForItem(QmpSocketPath, () => Adopt(Await((_, cancellation) => MachineAdoption.OfSocketAsync(this.FullPath(QmpSocketPath), cancellation))));
        if (CommandLine.Length > 0) ForItem(CommandLine, ImportCommand);
    }

    private void ImportExport(string path)
    {
        var import = MachineImport.Open(path, Force);
        var name = NewName ?? import.Definition.Name;
        Add(name, import.Placed(name, VmStore.Open().FolderOf(name)), $"Import the machine '{name}' from '{path}'", import.RunAsync);
    }

    private void ImportCommand()
    {
        var source = new CommandLineSource(null, SessionState.Path.CurrentFileSystemLocation.ProviderPath) { VmName = NewName };
        foreach (var definition in Await((feedback, _) => Task.FromResult(CommandLineReader.ReadScript(CommandLine, source, feedback))))
        {
            Add(definition.Name, definition, $"Define the machine '{definition.Name}'", (machine, final, _, cancellation) => MachineCreation.CreateAsync(machine, final, null, null, null, cancellation));
        }
    }

    private void Adopt(MachineAdoption adoption)
    {
        var definition = Await((feedback, _) => Task.FromResult(adoption.ToDefinition(NewName, feedback)));
        Add(definition.Name, definition, $"Take the QEMU with pid {adoption.ProcessId} for the machine '{definition.Name}'", adoption.RunAsync);
    }

    private void Add(string name, VmDefinition definition, string what, Func<Machine, VmDefinition, IFeedback, CancellationToken, Task> run)
    {
        VmName.Require(name);
        var store = VmStore.Open();
        var final = GenerateNewId ? DefinitionIdentity.MakeNew(definition) : DefinitionIdentity.MakeUnique(store, definition);
        store.RequireNew(final);
        if (!ShouldDo(what) || !this.MayTake(final, store.FolderOf(name), Force)) return;
        var machine = new Machine(store, name);
        Await((feedback, cancellation) => run(machine, final, feedback, cancellation));
        WriteObject(Await((_, cancellation) => MachineReader.ReadAsync(machine, cancellation)));
    }
}
