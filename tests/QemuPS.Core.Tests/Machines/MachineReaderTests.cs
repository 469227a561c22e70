using System.Diagnostics;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.RegularExpressions;
using QemuPS.Machines;

namespace QemuPS.Tests.Machines;

/// <summary>This process stands for QEMU: it holds the lock of the pid file and answers at the monitors, as it is told.</summary>
[Collection(RuntimeFolders.Name)]
public sealed partial class MachineReaderTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("qps").FullName;
    private readonly string? _runtime = Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR");
    private readonly List<IDisposable> _held = [];
    private readonly VmStore _store;

    public MachineReaderTests()
    {
        Environment.SetEnvironmentVariable("XDG_RUNTIME_DIR", _folder);
        _store = new VmStore(_folder);
    }

    public void Dispose()
    {
        foreach (var held in _held) held.Dispose();
        Environment.SetEnvironmentVariable("XDG_RUNTIME_DIR", _runtime);
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData("running", VmState.Running)]
    [InlineData("prelaunch", VmState.Starting)]
    [InlineData("inmigrate", VmState.Starting)]
    [InlineData("restore-vm", VmState.Starting)]
    [InlineData("paused", VmState.Paused)]
    [InlineData("debug", VmState.Paused)]
    [InlineData("suspended", VmState.Suspended)]
    [InlineData("save-vm", VmState.Saving)]
    [InlineData("finish-migrate", VmState.Saving)]
    [InlineData("postmigrate", VmState.Saving)]
    [InlineData("shutdown", VmState.Off)]
    [InlineData("internal-error", VmState.Critical)]
    [InlineData("guest-panicked", VmState.Critical)]
    [InlineData("watchdog", VmState.Critical)]
    [InlineData("colo", VmState.Critical)]
    public async Task QEMUs_word_becomes_a_state_and_stays_the_status(string word, VmState state)
    {
        var machine = NewMachine();
        HoldPidFile(machine);
        Serve(machine.Folder.QmpSocket, new() { ["query-status"] = $$"""{"status":"{{word}}"}""", ["query-kvm"] = """{"enabled":true}""", ["query-memory-size-summary"] = """{"base-memory":1048576,"plugged-memory":7}""" });

        var vm = await MachineReader.ReadAsync(machine, default);

        Assert.Equal(state, vm.State);
        Assert.Equal(word, vm.Status);
        Assert.Equal(VmAccelerator.Kvm, vm.Accelerator);
        Assert.Equal(1048583UL, vm.MemoryAssigned);
        Assert.Equal(Environment.ProcessId, vm.ProcessId);
    }

    [Theory]
    [InlineData("""[{"device":"","qdev":"disk0","io-status":"nospace"},{"device":"","qdev":"cd0","io-status":"ok"}]""", "io-error: the host has no space left for 'disk0'")]
    [InlineData("""[{"device":"","qdev":"/machine/peripheral/disk1/virtio-backend","io-status":"failed"}]""", "io-error: the host cannot read or write 'disk1'")]
    [InlineData("""[{"device":"ide0-hd0","qdev":"/machine/unattached/device[3]","io-status":"failed"},{"device":"floppy0"}]""", "io-error: the host cannot read or write 'ide0-hd0'")]
    [InlineData("[]", "io-error")]
    public async Task An_IO_error_names_the_drive(string drives, string status)
    {
        var machine = NewMachine();
        HoldPidFile(machine);
        Serve(machine.Folder.QmpSocket, new() { ["query-status"] = """{"status":"io-error"}""", ["query-block"] = drives });

        var vm = await MachineReader.ReadAsync(machine, default);

        Assert.Equal(VmState.RunningCritical, vm.State);
        Assert.Equal(status, vm.Status);
    }

    [Fact]
    public async Task A_QEMU_without_a_socket_is_being_started_while_somebody_holds_the_machines_lock()
    {
        var machine = NewMachine();
        RuntimeFolder.EnsureRoot();
        machine.Folder.Create();
        // A QEMU that has its pid file, and whose monitors are not there yet.
        using var qemu = Process.Start("qemu-system-x86_64", ["-S", "-accel", "tcg", "-m", "1", "-nodefaults", "-display", "none", "-pidfile", machine.Folder.PidFile]);
        while (machine.FindProcess() is null) Assert.False(qemu.WaitForExit(1));

        var without = await MachineReader.ReadAsync(machine, default);
        using (await machine.LockAsync(default)) Assert.Equal(VmState.Starting, (await MachineReader.ReadAsync(machine, default)).State);
        qemu.Kill();

        Assert.Equal(VmState.Unresponsive, without.State);
        Assert.Contains("No QEMU listens", without.Status);
    }

    [Fact]
    public async Task A_second_monitor_answers_for_a_first_one_that_is_gone()
    {
        var machine = NewMachine();
        HoldPidFile(machine);
        Serve(machine.Folder.EventsSocket, new() { ["query-status"] = """{"status":"running"}""" });

        Assert.Equal(VmState.Running, (await MachineReader.ReadAsync(machine, default)).State);
    }

    [Fact]
    public async Task A_look_at_many_gives_all_of_them_in_their_order_and_the_damaged_one_as_an_error()
    {
        var machines = Enumerable.Range(0, 600).Select(i => NewMachine($"m{i:d3}")).ToList();
        File.WriteAllText(_store.PathOf("m300"), "{");

        var readings = await CollectAsync(MachineListing.ReadAsync(machines, default));

        Assert.Equal(machines.Select(machine => machine.Name), readings.Select(reading => reading.Machine.Name));
        Assert.Equal(ErrorId.InvalidDefinition, Assert.IsType<QemuException>(readings.Single(reading => reading.Vm is null).Error).Id);
    }

    [Fact]
    public async Task A_machine_that_hangs_comes_last_and_a_look_that_is_given_up_ends_at_once()
    {
        var hung = NewMachine("a");
        HoldPidFile(hung);
        Serve(hung.Folder.QmpSocket, null);
        Serve(hung.Folder.EventsSocket, null);
        var names = new List<string>();

        using var stop = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var reading in MachineListing.ReadAsync([hung, NewMachine("b"), NewMachine("c")], stop.Token))
            {
                names.Add(reading.Machine.Name);
                if (names.Count == 2) stop.CancelAfter(50);
            }
        });

        Assert.Equal(["b", "c"], names);
    }

    [Theory]
    [InlineData(0, 1000, 1, 0)]
    [InlineData(500, 1000, 1, 50)]
    [InlineData(500, 1000, 2, 25)]
    [InlineData(1500, 1000, 1, 100)]
    [InlineData(5, 0, 1, 0)]
    public void Processor_time_is_a_share_of_all_virtual_processors(int used, int span, int processors, int percent) =>
        Assert.Equal(percent, ProcessorUsage.Percent(TimeSpan.FromMilliseconds(used), TimeSpan.FromMilliseconds(span), processors));

    [Fact]
    public void The_ports_that_the_kernel_picked_are_found_for_each_forward()
    {
        const string said = "Hub -1 (#net086):\r\n  Protocol[State]    FD  Source Address  Port   Dest. Address  Port RecvQ SendQ\r\n" +
            "  TCP[HOST_FORWARD]  14       127.0.0.1 45955       10.0.2.15    22     0     0\r\n  TCP[HOST_FORWARD]  15               * 40001       10.0.2.15    22     0     0\r\n" +
            "  UDP[HOST_FORWARD]  16       127.0.0.1 5353       10.0.2.15    53     0     0\r\n  TCP[ESTABLISHED]  17       127.0.0.1 45955       10.0.2.15    22     0     0\r\n";
        VmPortForward[] forwards = [new(0, 22), new(5353, 53, VmPortProtocol.Udp), new(0, 22), new(0, 80)];

        Assert.Equal([45955, 5353, 40001, 0], UserNetworkPorts.Resolve(forwards, said).Select(forward => forward.HostPort));
    }

    [Theory]
    [InlineData("""{"enabled":true,"host":"0.0.0.0","service":"5905","family":"ipv4"}""", "vnc://127.0.0.1:5905")]
    [InlineData("""{"enabled":true,"host":"::1","service":"5900","family":"ipv6"}""", "vnc://[::1]:5900")]
    [InlineData("""{"enabled":true,"host":"","service":"/run/my vnc.sock","family":"unix"}""", "vnc+unix:///run/my vnc.sock")]
    [InlineData("""{"enabled":false}""", null)]
    public void The_display_has_an_address_to_give_to_a_viewer(string answer, string? address) =>
        Assert.Equal(address, DisplayAddress.OfVnc(JsonDocument.Parse(answer).RootElement));

    [Theory]
    [InlineData("""{"enabled":true,"host":"127.0.0.1","port":5999}""", "spice://127.0.0.1:5999")]
    [InlineData("""{"enabled":true,"host":"*","tls-port":5998}""", "spice+tls://127.0.0.1:5998")]
    public void So_has_a_SPICE_display(string answer, string address) =>
        Assert.Equal(address, DisplayAddress.OfSpice(JsonDocument.Parse(answer).RootElement));

    private Machine NewMachine(string name = "dev")
    {
        _store.Add(new VmDefinition { Name = name });
        return new Machine(_store, name);
    }

    // The lock is lost with the first look, for a process gives all its locks on a file back when it closes the file once (fcntl_locking(2)).
    private void HoldPidFile(Machine machine)
    {
        RuntimeFolder.EnsureRoot();
        machine.Folder.Create();
        var file = new FileStream(machine.Folder.PidFile, FileMode.Create, FileAccess.ReadWrite, FileShare.ReadWrite);
        file.Lock(0, 0);
        _held.Add(file);
    }

    // Answers every question it knows, and refuses the others; says nothing without answers.
    private void Serve(string path, Dictionary<string, string>? answers)
    {
        var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        _held.Add(listener);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen();
        if (answers is null) return;
        _ = Task.Run(async () =>
        {
            while (true)
            {
                using var client = new NetworkStream(await listener.AcceptAsync(), ownsSocket: true);
                using var reader = new StreamReader(client);
                await using var writer = new StreamWriter(client) { AutoFlush = true };
                await writer.WriteLineAsync("""{"QMP":{"version":{"qemu":{"micro":1,"minor":2,"major":7}},"capabilities":[]}}""");
                while (await reader.ReadLineAsync() is { } line) await writer.WriteLineAsync(Answer(line, answers));
            }
        });
    }

    private static string Answer(string request, Dictionary<string, string> answers)
    {
        var id = Id().Match(request) is { Success: true } match ? $",\"id\":{match.Groups[1].Value}" : "";
        var command = JsonDocument.Parse(request).RootElement.GetProperty("execute").GetString()!;
        return command == "qmp_capabilities" || answers.ContainsKey(command) ? $"{{\"return\":{answers.GetValueOrDefault(command, "{}")}{id}}}" : $"{{\"error\":{{\"class\":\"CommandNotFound\",\"desc\":\"?\"}}{id}}}";
    }

    private static async Task<List<MachineReading>> CollectAsync(IAsyncEnumerable<MachineReading> readings)
    {
        var all = new List<MachineReading>();
        await foreach (var reading in readings) all.Add(reading);
        return all;
    }

    [GeneratedRegex("\"id\":(\\d+)")]
    private static partial Regex Id();
}
