namespace QemuPS.Machines;

/// <summary>What is asked for when a network adapter is added to a machine.</summary>
public sealed record AdapterAddition
{
    /// <summary>What it is connected to, with QEMU's model of the adapter.</summary>
    public required NewNetwork Network { get; init; }

    /// <summary>The adapter's name; null for the next free one: <c>net1</c>.</summary>
    public string? Id { get; init; }

    /// <summary>The hardware address, in any way people write them; null for a new one.</summary>
    public string? MacAddress { get; init; }

    /// <summary>The running QEMU gets it now.</summary>
    public required bool Live { get; init; }

    /// <summary>The definition gets it, for every start from now on.</summary>
    public required bool Persist { get; init; }

    /// <summary>The adapter as a definition has it.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.InvalidOption"/></exception>
    internal VmNetworkAdapter ToAdapter(VmDefinition definition, string id, string address)
    {
        if (Network.Network == VmNetwork.None) throw new QemuException(ErrorId.InvalidOption, "An adapter is connected to something.", "Leave -Network out, and pull the cable out: Set-QemuVmNetworkAdapter -LinkState Down.");
        var bare = new VmNetworkAdapter { Id = id, MacAddress = address, Hotpluggable = true };
        return Network.ApplyTo(definition with { NetworkAdapters = [bare] }).NetworkAdapters[0];
    }
}
