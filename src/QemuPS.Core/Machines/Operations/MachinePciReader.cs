using System.Text.Json.Nodes;
using QemuPS.Devices;
using QemuPS.Qmp;

namespace QemuPS.Machines;

/// <summary>How the PCI devices that were given to machines stand: the definition, QEMU's own word and sysfs together.</summary>
public static class MachinePciReader
{
    /// <summary>All PCI devices of a machine: those of its definition, and those the running QEMU has besides.</summary>
    /// <exception cref="QemuException">What <see cref="VmStore.Load"/> and <see cref="Machine.ConnectAsync"/> throw.</exception>
    public static async Task<IReadOnlyList<VmPciPassthrough>> ReadAsync(Machine machine, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(machine);
        var definition = machine.Load();
        var live = await LiveAsync(machine, cancellation).ConfigureAwait(false);
        if (definition.PciDevices.Count == 0 && live is null or []) return [];
        var readiness = new VfioReadiness(SysfsRoot.FromEnvironment());
        var others = (live ?? []).Where(device => definition.PciDevices.All(entry => entry.Id != device.Id));
        return
        [
            .. definition.PciDevices.Select(entry => Judge(machine, entry, live, readiness)),
            .. others.Select(device => Describe(machine.Name, device, readiness, StateOf(machine, device), persisted: false)),
        ];
    }

    /// <summary>An entry with what the host has for it.</summary>
    internal static VmPciPassthrough Describe(string vm, VmPciDevice entry, VfioReadiness readiness, VmPassthroughState state, bool persisted) => new()
    {
        VmName = vm,
        Id = entry.Id,
        Address = entry.Address,
        Uuid = entry.Uuid,
        Device = readiness.Find(entry),
        MdevDevice = readiness.FindMediated(entry),
        State = state,
        Persisted = persisted,
    };

    private static VmPciPassthrough Judge(Machine machine, VmPciDevice entry, IReadOnlyList<VmPciDevice>? live, VfioReadiness readiness)
    {
        var described = Describe(machine.Name, entry, readiness, VmPassthroughState.Defined, persisted: true);
        if (live is null) return described with { Reason = readiness.FindObstacle(entry)?.Message };
        if (live.FirstOrDefault(device => device.Id == entry.Id) is { } there)
        {
            var isGone = described.Device is null && described.MdevDevice is null;
            return described with { State = isGone ? VmPassthroughState.Stale : StateOf(machine, there), Reason = isGone ? "QEMU has the device, and the host does not show it any more." : null };
        }

        return described with { Reason = "The running QEMU has not got it; it gets it when the machine starts again, or by Add-VmPciPassthrough -Live." };
    }

    private static VmPassthroughState StateOf(Machine machine, VmPciDevice device) =>
        new RuntimeMarks(machine.Folder).Has(RuntimeMarks.Unplugging, device.Id) ? VmPassthroughState.Pending : VmPassthroughState.Attached;

    // What QEMU has, as entries.
    private static async Task<IReadOnlyList<VmPciDevice>?> LiveAsync(Machine machine, CancellationToken cancellation)
    {
        if (machine.FindProcess() is null) return null;
        await using var connection = await machine.ConnectAsync(cancellation).ConfigureAwait(false);
        var members = await connection.ExecuteAsync("qom-list", new JsonObject { ["path"] = HotPlug.Devices }, Machine.AnswerTimeout, cancellation).ConfigureAwait(false);
        var found = new List<VmPciDevice>();
        foreach (var member in members.EnumerateArray().Where(member => member.GetProperty("type").GetString() == "child<vfio-pci>"))
        {
            found.Add(await ReadAsync(connection, member.GetProperty("name").GetString()!, cancellation).ConfigureAwait(false));
        }

        return found;
    }

    private static async Task<VmPciDevice> ReadAsync(QmpConnection connection, string id, CancellationToken cancellation)
    {
        async Task<string?> Get(string property)
        {
            var value = await connection.ExecuteAsync("qom-get", new JsonObject { ["path"] = $"{HotPlug.Devices}/{id}", ["property"] = property }, Machine.AnswerTimeout, cancellation).ConfigureAwait(false);
            return value.GetString();
        }

        var path = await Get("sysfsdev").ConfigureAwait(false);
        var name = Path.GetFileName(path);
        return Guid.TryParseExact(name, "D", out var uuid)
            ? new VmPciDevice { Id = id, Uuid = uuid }
            : new VmPciDevice { Id = id, Address = string.IsNullOrEmpty(name) ? await Get("host").ConfigureAwait(false) : name };
    }
}
