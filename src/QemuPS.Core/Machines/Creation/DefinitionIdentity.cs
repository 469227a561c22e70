namespace QemuPS.Machines;

/// <summary>What tells machines apart: no two of a store share an id or a hardware address.</summary>
public static class DefinitionIdentity
{
    /// <summary>The definition with a new id where another machine of the store has its id, and new hardware addresses where another has those.</summary>
    public static VmDefinition MakeUnique(VmStore store, VmDefinition definition)
    {
        var others = store.LoadReadable().Where(other => other.Name != definition.Name).ToList();
        var addresses = others.SelectMany(other => other.NetworkAdapters).Select(adapter => adapter.MacAddress).ToHashSet(StringComparer.OrdinalIgnoreCase);
        return definition with
        {
            Id = others.Any(other => other.Id == definition.Id) ? Guid.NewGuid() : definition.Id,
            NetworkAdapters = [.. definition.NetworkAdapters.Select(adapter => addresses.Contains(adapter.MacAddress) ? adapter with { MacAddress = MacAddress.New() } : adapter)],
        };
    }

    /// <summary>The definition with an id, a date and hardware addresses of its own.</summary>
    public static VmDefinition MakeNew(VmDefinition definition) => definition with
    {
        Id = Guid.NewGuid(),
        CreationTime = DateTimeOffset.Now,
        NetworkAdapters = [.. definition.NetworkAdapters.Select(adapter => adapter with { MacAddress = MacAddress.New() })],
    };
}
