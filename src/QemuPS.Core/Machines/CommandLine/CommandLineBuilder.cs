using System.Globalization;
using System.Text.Json.Nodes;

namespace QemuPS.Machines;

/// <summary>
/// Turns a definition into QEMU's arguments (https://www.qemu.org/docs/master/system/invocation.html). Everything the
/// guest sees is named: <c>-nodefaults</c> takes away what QEMU would add on its own, and JSON forms are used wherever
/// QEMU 7.2 takes them, so that no character of a path has a meaning.
/// </summary>
public sealed class CommandLineBuilder
{
    // What else there is to deny does not go with -daemonize: QEMU closes the door before it has gone through. The fork of
    // spawn=deny ends it with SIGSYS, the setsid of elevateprivileges=deny and =children with an error (7.2).
    private const string Sandbox = "on,obsolete=deny,resourcecontrol=deny";

    /// <summary>The name of the agent's character device, as <c>query-chardev</c> shows it.</summary>
    internal const string AgentChannel = "agent";

    /// <summary>The name of the agent's port, as <c>VSERPORT_CHANGE</c> tells it.</summary>
    internal const string AgentPort = "agent-port";

    private readonly VmDefinition _definition;
    private readonly RuntimeFolder _folder;
    private readonly VmAccelerator _accelerator;
    private readonly IReadOnlyList<UsbDevice> _hostDevices;
    private readonly List<string> _arguments = [];

    private CommandLineBuilder(VmDefinition definition, RuntimeFolder folder, VmAccelerator accelerator, IReadOnlyList<UsbDevice> hostDevices)
    {
        _hostDevices = hostDevices;
        _definition = definition;
        _folder = folder;
        _accelerator = accelerator;
    }

    /// <summary>The arguments, without the program.</summary>
    /// <param name="definition">The machine.</param>
    /// <param name="folder">Where its sockets and its log go.</param>
    /// <param name="accelerator">What runs it; not <see cref="VmAccelerator.Auto"/>.</param>
    /// <param name="hostDevices">The USB devices of the host, to find those that are the machine's.</param>
    /// <exception cref="QemuException"><see cref="ErrorId.UsbDeviceNotFound"/>, <see cref="ErrorId.UsbDeviceAmbiguous"/>, <see cref="ErrorId.InvalidDefinition"/></exception>
    public static IReadOnlyList<string> Build(
        VmDefinition definition, RuntimeFolder folder, VmAccelerator accelerator, IReadOnlyList<UsbDevice> hostDevices) =>
        new CommandLineBuilder(definition, folder, accelerator, hostDevices).Build();

    private OwnArguments OwnArguments => new(_definition.QemuArgument);

    private bool IsPc => MachineTypes.IsPc(_definition.MachineType);

    private List<string> Build()
    {
        AddMachine();
        AddProcess();
        AddMonitors();
        AddSerialPort();
        if (IsPc) AddPcDevices();
        foreach (var port in HotplugPorts.Build(_definition)) AddDevice(port);
        _arguments.AddRange(FirmwareArguments.Build(_definition.Firmware));
        _arguments.AddRange(FirmwareArguments.Tpm(_definition, _folder));
        _arguments.AddRange(DriveArguments.Build(_definition));
        _arguments.AddRange(NetworkArguments.Build(_definition));
        Add("-vga", PciArguments.TakesDisplay(_definition) ? "none" : _definition.Vga.ToString().ToLowerInvariant());
        AddSound();
        AddUsb();
        foreach (var device in PciArguments.Devices(_definition)) AddDevice(device);
        AddAgentChannel();
        _arguments.AddRange(SharedFolderArguments.Build(_definition, _folder));
        AddKernel();
        _arguments.AddRange(_definition.QemuArgument);
        return _arguments;
    }

    private void AddMachine()
    {
        Add("-name", $"guest={QemuOption.Escape(_definition.Name)}");
        Add("-uuid", _definition.Id.ToString());
        Add("-machine", _definition.MachineType + FirmwareArguments.MachineOptions(_definition.Firmware) + SharedFolderArguments.MachineOptions(_definition));
        // Two would be a first and a second choice.
        if (!OwnArguments.Has("-accel")) Add("-accel", _accelerator.ToString().ToLowerInvariant());
        if (CpuArgument.For(_definition, _accelerator) is { } model) Add("-cpu", model);
        Add("-smp", _definition.ProcessorCount.ToString(CultureInfo.InvariantCulture));
        Add("-m", QemuOption.Size(_definition.MemoryStartupBytes));
        Add("-nodefaults");
        Add("-no-user-config");
        if (_definition.LocalTime) Add("-rtc", "base=localtime");
        _arguments.AddRange(DisplayArguments.Build(_definition, _folder));
    }

    private void AddProcess()
    {
        Add("-daemonize");
        Add("-pidfile", _folder.PidFile);
        // Without -D, whatever QEMU says after it has daemonised is lost.
        Add("-D", _folder.Log);
        if (_definition.Sandbox == true && !_definition.QemuArgument.Contains("-sandbox")) Add("-sandbox", Sandbox);
    }

    // A monitor serves one client at a time: one is for commands, the others for those who watch and wait.
    private void AddMonitors()
    {
        AddMonitor("qmp", _folder.QmpSocket);
        foreach (var socket in _folder.EventsSockets) AddMonitor(Path.GetFileNameWithoutExtension(socket), socket);
    }

    private void AddMonitor(string id, string socket)
    {
        AddSocket(id, socket);
        Add("-mon", $"chardev={id},mode=control");
    }

    // One client at a time can have the port; the log is for everybody who only listens.
    private void AddSerialPort()
    {
        Add("-chardev", $"socket,id=serial0,path={QemuOption.Escape(_folder.SerialSocket)},server=on,wait=off,logfile={QemuOption.Escape(_folder.SerialLog)}");
        var port = new JsonObject { ["driver"] = "isa-serial", ["id"] = "serial0-port", ["chardev"] = "serial0" };
        if (OwnArguments.FreeSerialPort is { } index) port["index"] = index;
        AddDevice(port);
    }

    // What a PC always had, and -nodefaults takes away.
    private void AddPcDevices()
    {
        if (!OwnArguments.HasFloppy) AddDevice(new JsonObject { ["driver"] = "floppy", ["id"] = "floppy0" });
        if (OwnArguments.Has("-parallel")) return;
        Add("-chardev", "null,id=parallel0");
        AddDevice(new JsonObject { ["driver"] = "isa-parallel", ["id"] = "parallel0-port", ["chardev"] = "parallel0" });
    }

    // Every sound card is paired with an audio backend that goes nowhere: a host without sound has nothing to say.
    private void AddSound()
    {
        if (_definition.Sound == VmSound.None) return;
        Add("-audiodev", QemuOption.Json(new JsonObject { ["driver"] = "none", ["id"] = "audio0" }));
        if (_definition.Sound == VmSound.AC97)
        {
            AddDevice(new JsonObject { ["driver"] = "AC97", ["id"] = "sound0", ["audiodev"] = "audio0" });
            return;
        }

        AddDevice(new JsonObject { ["driver"] = "intel-hda", ["id"] = "sound0" });
        AddDevice(new JsonObject { ["driver"] = "hda-duplex", ["id"] = "sound0-codec", ["bus"] = "sound0.0", ["audiodev"] = "audio0" });
    }

    private void AddUsb()
    {
        foreach (var device in UsbArguments.Controllers(_definition)) AddDevice(device);
        _arguments.AddRange(DriveArguments.BuildUsb(_definition));
        if (_definition.Tablet) AddDevice(UsbArguments.Tablet());
        foreach (var device in _definition.UsbDevices)
        {
            foreach (var found in UsbArguments.HostDevices(device, _hostDevices)) AddDevice(found);
        }
    }

    // The name is what the agent in the guest looks for (docs/interop/qemu-ga.rst).
    private void AddAgentChannel()
    {
        if (!MachineTypes.HasAgentChannel(_definition)) return;
        AddDevice(new JsonObject { ["driver"] = "virtio-serial-pci", ["id"] = "channels" });
        AddSocket(AgentChannel, _folder.AgentSocket);
        AddDevice(new JsonObject { ["driver"] = "virtserialport", ["id"] = AgentPort, ["bus"] = "channels.0", ["chardev"] = AgentChannel, ["name"] = "org.qemu.guest_agent.0" });
    }

    private void AddKernel()
    {
        if (_definition.KernelPath is { } kernel) Add("-kernel", kernel);
        if (_definition.InitrdPath is { } initrd) Add("-initrd", initrd);
        if (_definition.KernelCommandLine is { } commandLine) Add("-append", commandLine);
    }

    private void AddSocket(string id, string path) =>
        Add("-chardev", $"socket,id={id},path={QemuOption.Escape(path)},server=on,wait=off");

    private void AddDevice(JsonObject device) => Add("-device", QemuOption.Json(device));

    private void Add(params string[] words) => _arguments.AddRange(words);
}
