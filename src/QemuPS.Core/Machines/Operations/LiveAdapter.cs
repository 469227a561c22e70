using System.Text.RegularExpressions;

namespace QemuPS.Machines;

/// <summary>A network of a running QEMU, with the adapter that is connected to it.</summary>
/// <param name="Id">The network's id, and the adapter's name in the machine.</param>
/// <param name="Type">QEMU's kind of network: <c>user</c>.</param>
/// <param name="Connection">What QEMU says of the other end.</param>
/// <param name="Device">QEMU's name of the adapter; null where there is none at the network.</param>
/// <param name="Model">The adapter's model.</param>
/// <param name="MacAddress">The adapter's address, as the guest has set it.</param>
/// <param name="CapturePath">The file that its traffic is written to.</param>
internal sealed partial record LiveAdapter(string Id, string Type, string Connection, string? Device, string? Model, string? MacAddress, string? CapturePath)
{
    /// <summary>The question that <see cref="Parse"/> reads the answer of. No QMP command tells of networks.</summary>
    public const string Question = "info network";

    /// <summary>An adapter is at the network.</summary>
    public bool IsPlugged => Device is not null;

    /// <summary>The adapter is one that a definition made. One of an argument of QEMU's own, or of a QEMU that somebody else started, has another name, or none.</summary>
    public bool IsOwn => Device is null || Device == NetworkArguments.DeviceId(Id);

    /// <summary>The kind of network, where QemuPS has a word for it.</summary>
    public VmNetwork? Network => Enum.TryParse<VmNetwork>(Type, ignoreCase: true, out var known) ? known : null;

    /// <summary>Reads what <c>info network</c> says (net/net.c of QEMU, hmp_info_network): adapters, each with its network behind it, and networks alone.</summary>
    public static IReadOnlyList<LiveAdapter> Parse(string text)
    {
        var found = new List<LiveAdapter>();
        (string? Device, string? Model, string? Address) adapter = default;
        foreach (var line in text.Split('\n').Select(line => line.TrimEnd('\r')))
        {
            if (Capture().Match(line) is { Success: true } capture && found.FindIndex(one => NetworkArguments.CaptureId(one.Id) == capture.Groups["id"].Value) is >= 0 and var index)
            {
                found[index] = found[index] with { CapturePath = capture.Groups["path"].Value };
            }

            if (Client().Match(line) is not { Success: true } client) continue;
            var (id, type, info) = (client.Groups["id"].Value, client.Groups["type"].Value, client.Groups["info"].Value);
            if (type == "nic") adapter = Adapter().Match(info) is { Success: true } words ? (id, words.Groups["model"].Value, words.Groups["address"].Value) : (id, null, null);
            // Each of an adapter's queues has a line; one is enough.
            else if (found.All(one => one.Id != id)) found.Add(client.Groups["peer"].Success ? new(id, type, info, adapter.Device, adapter.Model, adapter.Address, null) : new(id, type, info, null, null, null, null));
        }

        return found;
    }

    // " \ net0: index=0,type=user,net=10.0.2.0,restrict=off"; without the beginning where nothing is connected to it.
    [GeneratedRegex(@"^(?<peer> \\ )?(?<id>[A-Za-z][A-Za-z0-9._-]*): index=\d+,type=(?<type>[a-z0-9-]+),(?<info>.*)$")]
    private static partial Regex Client();

    // model=virtio-net-pci,macaddr=52:54:00:12:34:56
    [GeneratedRegex(@"^model=(?<model>[^,]+),macaddr=(?<address>[0-9a-f:]{17})")]
    private static partial Regex Adapter();

    // "  - net0-capture: type=filter-dump,file=/tmp/a.pcap,maxlen=65536,..."; a path may have commas of its own.
    [GeneratedRegex(@"^\s+- (?<id>[^:]+): type=filter-dump,file=(?<path>.*),maxlen=\d+,")]
    private static partial Regex Capture();
}
