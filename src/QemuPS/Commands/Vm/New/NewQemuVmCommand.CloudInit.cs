using System.Collections;
using System.Management.Automation;
using QemuPS.Binding;
using QemuPS.Disks;
using QemuPS.Machines;

namespace QemuPS.Commands.Vm;

// What cloud-init finds at the first start.
public sealed partial class NewQemuVmCommand
{
    /// <summary>What cloud-init finds: the path of a seed, or a hashtable with the parameters of New-QemuCloudInitDisk; the host name is the machine's without another.</summary>
    [Parameter]
    [ValidateNotNull]
    public object? CloudInit { get; set; }

    private IDictionary? CloudInitParameters => (CloudInit is PSObject wrapped ? wrapped.BaseObject : CloudInit) as IDictionary;

    private VmDefinition WithCloudInit(VmDefinition definition)
    {
        if (CloudInit is null) return definition;
        return definition.WithSeed(CloudInitParameters is null ? ExistingFile(CloudInit.ToString()!) : SeedPath(definition));
    }

    private CloudInitSeed? Seed(VmDefinition definition) =>
        CloudInitParameters is { } parameters ? this.SeedFrom(parameters, SeedPath(definition), definition.Name, definition.Id.ToString()) : null;

    private static string SeedPath(VmDefinition definition) => System.IO.Path.Combine(VmStore.Open().FolderOf(definition.Name), "cloud-init.iso");
}
