using QemuPS.Processes;

namespace QemuPS.Machines;

/// <summary>The definition that a running machine was started with, with what has been changed in the running QEMU since: <c>started.json</c> in its runtime folder.</summary>
public static class StartedDefinition
{
    /// <summary>Keeps it for a machine that is about to be started.</summary>
    public static void Keep(RuntimeFolder folder, VmDefinition definition) => AtomicFile.Write(folder.StartedDefinition, DefinitionJson.Write(definition));

    /// <summary>The same change for the running machine as for its definition: nothing is pending then.</summary>
    /// <remarks>Only for the holder of the machine's lock.</remarks>
    public static void Change(RuntimeFolder folder, Func<VmDefinition, VmDefinition> change)
    {
        if (Find(folder) is { } started) Keep(folder, change(started));
    }

    /// <summary>It, or null where the machine was started by something else than QemuPS of this version.</summary>
    public static VmDefinition? Find(RuntimeFolder folder) =>
        File.Exists(folder.StartedDefinition) ? DefinitionJson.Read(File.ReadAllBytes(folder.StartedDefinition), folder.StartedDefinition) : null;
}
