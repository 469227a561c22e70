using QemuPS.Machines;

namespace QemuPS.Tests.Machines;

internal static class Stores
{
    /// <summary>Adds a machine as a cmdlet does: under its lock.</summary>
    public static void Add(this VmStore store, VmDefinition definition)
    {
        using var held = new Machine(store, definition.Name).LockAsync(CancellationToken.None).GetAwaiter().GetResult();
        store.Add(definition, held);
    }
}
