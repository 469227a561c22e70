using System.Globalization;
using System.Text.RegularExpressions;

namespace QemuPS.Machines;

/// <summary>The network of a command line: <c>-net</c>, <c>-nic</c>, and <c>-netdev</c> with a <c>-device</c>.</summary>
internal sealed partial class NetworkDraft(MachineDraft machine)
{
    // PCI adapters, the only ones a definition has.
    private static readonly HashSet<string> Models = new(StringComparer.Ordinal)
    {
        "e1000", "e1000-82544gc", "e1000-82545em", "e1000e", "virtio-net-pci", "virtio-net-pci-non-transitional", "virtio-net-pci-transitional",
        "rtl8139", "ne2k_pci", "pcnet", "vmxnet3", "tulip", "i82550", "i82551", "i82557a", "i82557b", "i82557c", "i82558a", "i82558b",
        "i82559a", "i82559b", "i82559c", "i82559er", "i82562", "i82801",
    };

    private readonly MachineDraft _machine = machine;
    private readonly List<GivenOption> _backends = [];
    private readonly List<GivenOption> _nics = [];
    private readonly List<GivenOption> _legacy = [];
    private readonly List<GivenOption> _redirections = [];

    private bool IsGiven => _backends.Count + _nics.Count + _legacy.Count > 0;

    // hw/i386/pc_piix.c and pc_q35.c, default_nic_model.
    private string DefaultModel => _machine.IsPc ? "e1000" : "e1000e";

    /// <summary><c>-netdev</c>.</summary>
    public void AddBackend(GivenOption option) => _backends.Add(option);

    /// <summary><c>-nic</c>.</summary>
    public void AddNic(GivenOption option) => _nics.Add(option);

    /// <summary><c>-net</c>.</summary>
    public void AddLegacy(GivenOption option) => _legacy.Add(option);

    /// <summary><c>-redir</c>.</summary>
    public void AddRedirection(GivenOption option) => _redirections.Add(option);

    /// <summary>All options that are about the network and can be kept.</summary>
    public IEnumerable<GivenOption> Options => [.. _backends, .. _nics.Where(option => !IsNone(option)), .. _legacy.Where(option => !IsNone(option))];

    /// <summary>What can become a property.</summary>
    /// <param name="devices">The devices of the command line.</param>
    public IEnumerable<DraftGroup> Groups(IReadOnlyList<DraftDevice> devices)
    {
        var groups = Legacy().Concat(_nics.Select(FromNic)).OfType<AdapterGroup>().Concat(devices.Select(FromDevice).OfType<AdapterGroup>()).ToList();
        // A machine for which nothing is said has an adapter all the same.
        if (!IsGiven && !_machine.NoDefaults && !_machine.IsMicrovm) groups.Insert(0, new AdapterGroup([], new VmNetworkAdapter { Id = "", MacAddress = "", Model = DefaultModel }, null, null));
        return Redirected(groups);
    }

    // One adapter and one network: everything else needs the hub that joined them.
    private IEnumerable<AdapterGroup?> Legacy()
    {
        var nics = _legacy.Where(option => TypeOf(option) == "nic").ToList();
        var users = _legacy.Where(option => TypeOf(option) == "user").ToList();
        if (nics is not [var nic] || users is not [var user] || _legacy.Count(option => !IsNone(option)) != 2) return [];
        var list = nic.List("type");
        list.Take("type", "vlan", "name");
        var (model, mac) = (ModelOf(list.Take("model")), list.Take("macaddr", "mac"));
        return model is not null && list.IsEmpty && Backend(user.List("type")) is { } backend
            ? [new AdapterGroup([nic, user], backend with { Model = model }, mac, null)]
            : [];
    }

    private AdapterGroup? FromNic(GivenOption option)
    {
        var list = option.List("type");
        var (model, mac, id) = (ModelOf(list.Take("model")), list.Take("mac", "macaddr"), list.Take("id"));
        return model is not null && Backend(list) is { } backend ? new AdapterGroup([option], backend with { Model = model, Id = id ?? "" }, mac, null) : null;
    }

    private AdapterGroup? FromDevice(DraftDevice device)
    {
        if (!Models.Contains(device.Driver)) return null;
        var list = device.List();
        var (id, mac, boot) = (list.Take("netdev"), list.Take("mac"), list.TakeNumber("bootindex"));
        list.Take("id");
        var option = _backends.FirstOrDefault(backend => backend.List("type").Take("id") == id);
        if (!list.IsEmpty || id is null || option is null || Backend(option.List("type")) is not { } adapter) return null;
        return new AdapterGroup([option, device.Option], adapter with { Model = device.Driver, Id = id }, mac, boot);
    }

    private static VmNetworkAdapter? Backend(OptionList list)
    {
        if (list.Take("type") != "user") return null;
        list.Take("id", "vlan", "name");
        var adapter = new VmNetworkAdapter { Id = "", MacAddress = "", NetworkAddress = list.Take("net"), DhcpStart = list.Take("dhcpstart") };
        var forwards = list.TakeAll("hostfwd").Select(text => Forward(text, adapter.DhcpStart ?? "10.0.2.15")).ToList();
        return list.IsEmpty && !forwards.Contains(null) ? adapter with { PortForwards = [.. forwards.OfType<VmPortForward>()] } : null;
    }

    // [tcp|udp]:[hostaddr]:hostport-[guestaddr]:guestport; without an address QEMU listens on every one.
    private static VmPortForward? Forward(string text, string guest)
    {
        var match = HostForward().Match(text);
        if (!match.Success || (match.Groups["guest"].Length > 0 && match.Groups["guest"].Value != guest)) return null;
        return ToForward(match);
    }

    private static VmPortForward ToForward(Match match) => new(
        int.Parse(match.Groups["hostport"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture),
        int.Parse(match.Groups["guestport"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture),
        match.Groups["protocol"].Value == "udp" ? VmPortProtocol.Udp : VmPortProtocol.Tcp,
        match.Groups["host"].Length > 0 ? match.Groups["host"].Value : "0.0.0.0");

    private List<AdapterGroup> Redirected(List<AdapterGroup> groups)
    {
        foreach (var option in _redirections)
        {
            var match = Redirection().Match(option.Argument);
            if (!match.Success) throw option.Invalid("this is not PROTOCOL:HOSTPORT:[GUEST]:GUESTPORT.");
            if (groups is not [var only]) throw option.NotSupported("it has to be clear which network is meant.", "Use hostfwd= of -netdev user or -net user.");
            groups[0] = only with { Adapter = only.Adapter with { PortForwards = [.. only.Adapter.PortForwards, ToForward(match)] } };
        }

        return groups;
    }

    private string? ModelOf(string? name) => name switch
    {
        null => DefaultModel,
        "virtio" or "virtio-net" => "virtio-net-pci",
        _ => Models.Contains(name) ? name : null,
    };

    private static string? TypeOf(GivenOption option) => option.List("type").Take("type");

    private static bool IsNone(GivenOption option) => option.Argument == "none";

    [GeneratedRegex(@"^(?<protocol>tcp|udp)?:(?<host>\d{1,3}(\.\d{1,3}){3})?:(?<hostport>\d{1,5})-(?<guest>\d{1,3}(\.\d{1,3}){3})?:(?<guestport>\d{1,5})$")]
    private static partial Regex HostForward();

    [GeneratedRegex(@"^(?<protocol>tcp|udp):(?<hostport>\d{1,5}):(\d{1,3}(\.\d{1,3}){3})?:(?<guestport>\d{1,5})$")]
    private static partial Regex Redirection();
}
