using System.Globalization;

namespace QemuPS.Machines;

/// <summary>Serial and parallel ports, monitors and character devices of a command line.</summary>
internal sealed class ConsoleDraft(MachineDraft machine)
{
    // What needs a terminal or a window, or goes nowhere: the machine's own socket takes its place.
    private static readonly HashSet<string> Replaceable = new(StringComparer.Ordinal) { "stdio", "mon:stdio", "vc", "mon:vc", "null", "none", "/dev/null", "/dev/stdout", "/dev/tty" };

    // What every machine has for itself.
    private static readonly Dictionary<string, string> Own = new(StringComparer.Ordinal) { ["qmp"] = "/qmp.sock", ["events"] = "/events.sock", ["serial0"] = "/serial.sock", ["parallel0"] = "", [CommandLineBuilder.AgentChannel] = "/agent.sock" };

    private readonly MachineDraft _machine = machine;
    private readonly List<GivenOption> _serials = [];
    private readonly List<GivenOption> _backends = [];
    private readonly List<GivenOption> _monitors = [];

    /// <summary><c>-nographic</c>: the first serial port goes to the terminal where nothing else is said.</summary>
    public bool IsNoGraphic { get; set; }

    /// <summary>The channel for the guest's agent that a machine of ours has.</summary>
    public bool HasAgentChannel { get; private set; }

    /// <summary><c>-serial</c>.</summary>
    public void AddSerial(GivenOption option) => _serials.Add(option);

    /// <summary><c>-chardev</c>.</summary>
    public void AddCharacterDevice(GivenOption option)
    {
        if (MachineOptions.IsQuestion(option.Argument)) throw MachineOptions.Question(option);
        _backends.Add(option);
    }

    /// <summary><c>-mon</c>.</summary>
    public void AddMon(GivenOption option) => _monitors.Add(option);

    /// <summary><c>-parallel</c>.</summary>
    public void AddParallel(GivenOption option)
    {
        if (Replaceable.Contains(option.Argument)) _machine.Drop(option, "a PC has one that goes nowhere");
        else _machine.Keep(option);
    }

    /// <summary><c>-monitor</c>.</summary>
    public void AddMonitor(GivenOption option)
    {
        if (IsReplaceable(option.Argument)) _machine.Drop(option, "Invoke-QmpCommand -Hmp reaches the monitor");
        else _machine.Keep(option);
    }

    /// <summary>Decides about all of it; the devices that were taken are returned.</summary>
    /// <param name="devices">The devices of the command line.</param>
    public IReadOnlyList<GivenOption> Finish(IReadOnlyList<DraftDevice> devices)
    {
        var taken = new HashSet<string>(StringComparer.Ordinal);
        KeepMonitors(taken);
        KeepSerials(taken);
        var ports = devices.Where(device => IsOwnPort(device, taken)).Concat(OwnAgentChannel(devices, taken)).Select(device => device.Option).ToList();
        foreach (var backend in _backends) KeepBackend(backend, taken, devices);
        return ports;
    }

    // A monitor of a script's is for the script's tools, as -qmp is: this machine has its own.
    private void KeepMonitors(HashSet<string> taken)
    {
        foreach (var option in _monitors)
        {
            var list = option.List("chardev");
            var (id, isControl) = (list.Take("chardev") ?? "", list.Take("mode") == "control");
            if (!isControl && !IsStdio(id))
            {
                _machine.Keep(option);
                continue;
            }

            taken.Add(id);
            _machine.Drop(option, isControl ? "commands reach it through Invoke-QmpCommand" : "Invoke-QmpCommand -Hmp reaches the monitor");
        }
    }

    // -serial counts its ports and calls their backends serial0, serial1: the first is this machine's own. So each
    // that is kept becomes a device with its number.
    private void KeepSerials(HashSet<string> taken)
    {
        var own = _serials.FindIndex(option => IsReplaceable(option.Argument));
        var port = 0;
        for (var number = 0; number < _serials.Count; number++)
        {
            var option = _serials[number];
            if (IsReplaceable(option.Argument) && option.Argument.StartsWith("chardev:", StringComparison.Ordinal)) taken.Add(option.Argument["chardev:".Length..]);
            if (number == own) _machine.Drop(option, "the first serial port is a socket in the machine's runtime folder");
            else KeepSerial(option, port);
            if (option.Argument != "none" || number == own) port++;
        }
    }

    private void KeepSerial(GivenOption option, int port)
    {
        if (option.Argument == "none") return;
        var device = _machine.Paths.InFull(option).Argument;
        var id = string.Create(CultureInfo.InvariantCulture, $"com{port + 1}");
        if (device.StartsWith("chardev:", StringComparison.Ordinal)) id = device["chardev:".Length..];
        else if (CharacterDevices.LongForm(IsReplaceable(device) ? "null" : device, id) is { } backend) _machine.KeepInstead(option, ["-chardev", backend]);
        else throw option.NotSupported("this kind of serial port is not known.", "Write it as -chardev and -device isa-serial.");
        _machine.KeepInstead(option, ["-device", string.Create(CultureInfo.InvariantCulture, $"isa-serial,chardev={id},index={port}")]);
    }

    private bool IsOwnPort(DraftDevice device, HashSet<string> taken)
    {
        var list = device.List();
        var id = list.Take("chardev");
        list.Take("id");
        if (device.Driver is not ("isa-serial" or "isa-parallel") || id is null || !list.IsEmpty || _serials.Count > 0 || !(IsOwn(id) || IsStdio(id))) return false;
        taken.Add(id);
        return true;
    }

    private IReadOnlyList<DraftDevice> OwnAgentChannel(IReadOnlyList<DraftDevice> devices, HashSet<string> taken)
    {
        var port = devices.FirstOrDefault(device => device.Driver == "virtserialport" && device.List() is var list && list.Take("chardev") == CommandLineBuilder.AgentChannel && list.Take("id") == CommandLineBuilder.AgentPort);
        var controller = devices.FirstOrDefault(device => device.Driver == "virtio-serial-pci" && device.List() is var list && list.Take("id") == "channels" && list.IsEmpty);
        if (port is null || controller is null || !IsOwn(CommandLineBuilder.AgentChannel)) return [];
        HasAgentChannel = true;
        taken.Add(CommandLineBuilder.AgentChannel);
        return [controller, port];
    }

    private void KeepBackend(GivenOption option, HashSet<string> taken, IReadOnlyList<DraftDevice> devices)
    {
        var id = option.List("backend").Take("id") ?? "";
        if (taken.Contains(id))
        {
            _machine.Drop(option, "it is replaced by a socket in the machine's runtime folder");
            return;
        }

        // It goes along with the folder that it is for, wherever that goes.
        if (_machine.Shares.IsSocketOfShare(id, devices)) return;
        if (!IsStdio(id))
        {
            _machine.Keep(option);
            return;
        }

        _machine.Warn($"{option.Position}: {option} becomes a device that goes nowhere: a machine runs in the background and has no terminal.");
        _machine.KeepInstead(option, ["-chardev", $"null,id={id}"]);
    }

    /// <summary>A backend that is a client of a socket; null for all others.</summary>
    public (GivenOption Option, string Path)? FindClient(string id)
    {
        foreach (var option in _backends)
        {
            var list = option.List("backend");
            if (list.Take("id") != id || list.Take("backend") != "socket" || list.Take("path") is not { } path) continue;
            return list.TakeSwitch("server") != true && list.IsEmpty ? (option, _machine.Paths.OfFile(path)) : null;
        }

        return null;
    }

    private bool IsReplaceable(string device) =>
        Replaceable.Contains(device) || (device.StartsWith("chardev:", StringComparison.Ordinal) && IsStdio(device["chardev:".Length..]));

    private bool IsStdio(string id) => Find(id)?.Take("backend") == "stdio";

    private bool IsOwn(string id) => Own.TryGetValue(id, out var ending) && Find(id) is { } list && (list.Take("path") ?? "").EndsWith(ending, StringComparison.Ordinal);

    private OptionList? Find(string id) => _backends.Select(option => option.List("backend")).FirstOrDefault(list => list.Rest.Any(item => item.Key == "id" && item.Value == id));
}
