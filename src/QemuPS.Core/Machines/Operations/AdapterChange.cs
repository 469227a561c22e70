namespace QemuPS.Machines;

/// <summary>What is to be changed of a network adapter; what is null stays as it is.</summary>
public sealed record AdapterChange
{
    /// <summary>The cable is plugged in, or pulled out.</summary>
    public VmLinkState? LinkState { get; init; }

    /// <summary>The full path of the pcap file that what goes over the wire is written to.</summary>
    public string? CapturePath { get; init; }

    /// <summary>Nothing is written any more; the file stays.</summary>
    public bool StopCapture { get; init; }

    /// <summary>A file that is there is begun anew.</summary>
    public bool Force { get; init; }

    /// <summary>The running QEMU is changed now.</summary>
    public required bool Live { get; init; }

    /// <summary>The definition is changed.</summary>
    public required bool Persist { get; init; }

    internal VmDefinition ApplyTo(VmDefinition definition, string id) =>
        definition with { NetworkAdapters = [.. definition.NetworkAdapters.Select(adapter => adapter.Id == id ? ApplyTo(adapter) : adapter)] };

    private VmNetworkAdapter ApplyTo(VmNetworkAdapter adapter) => adapter with
    {
        LinkState = LinkState ?? adapter.LinkState,
        CapturePath = StopCapture ? null : CapturePath ?? adapter.CapturePath,
    };
}
