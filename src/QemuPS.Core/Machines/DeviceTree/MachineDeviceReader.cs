using System.Text.Json.Nodes;
using QemuPS.Processes;

namespace QemuPS.Machines;

/// <summary>The devices of running machines.</summary>
public static class MachineDeviceReader
{
    /// <summary>All devices on the buses of a running machine: each behind the one it is plugged into, by their places.</summary>
    /// <exception cref="QemuException">What <see cref="Machine.ConnectAsync"/> throws: a machine that is off has no devices.</exception>
    public static async Task<IReadOnlyList<QemuVmDevice>> ReadAsync(Machine machine, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(machine);
        await using var connection = await machine.ConnectAsync(cancellation).ConfigureAwait(false);
        var (devices, functions) = await new QomBusWalk(connection, cancellation).ReadAsync().ConfigureAwait(false);
        return new DeviceTree(machine.Name, devices, functions, new DefinedParts(machine.LoadStarted())).Devices;
    }

    /// <summary>The ids of a running machine's devices with what they are, by one question.</summary>
    /// <exception cref="QemuException">What <see cref="Machine.ConnectAsync"/> throws.</exception>
    public static async Task<IReadOnlyList<(string Id, string Driver)>> ReadIdsAsync(Machine machine, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(machine);
        var members = await machine.ExecuteAsync("qom-list", new JsonObject { ["path"] = HotPlug.Devices }, Machine.AnswerTimeout, cancellation).ConfigureAwait(false);
        return [.. from member in members.EnumerateArray()
                   let type = member.GetProperty("type").GetString()!
                   where type.StartsWith("child<", StringComparison.Ordinal)
                   select (member.GetProperty("name").GetString()!, type["child<".Length..^1])];
    }

    /// <summary>The devices and each one on the way to them, in the order of all.</summary>
    /// <param name="devices">The devices to show.</param>
    /// <param name="all">All devices of the machine, in their order.</param>
    public static IEnumerable<QemuVmDevice> WithParents(IEnumerable<QemuVmDevice> devices, IReadOnlyList<QemuVmDevice> all)
    {
        ArgumentNullException.ThrowIfNull(devices);
        ArgumentNullException.ThrowIfNull(all);
        var byPath = all.ToDictionary(device => device.QomPath, StringComparer.Ordinal);
        var shown = new HashSet<string>(StringComparer.Ordinal);
        foreach (var device in devices)
        {
            for (var each = device; each is not null && shown.Add(each.QomPath); each = each.ParentPath is { } parent ? byPath.GetValueOrDefault(parent) : null)
            {
            }
        }

        return all.Where(device => shown.Contains(device.QomPath));
    }

    /// <summary>The error for a device that a machine has not.</summary>
    public static QemuException NotFound(Machine machine, string id)
    {
        ArgumentNullException.ThrowIfNull(machine);
        return new QemuException(ErrorId.VmDeviceNotFound, $"The running machine '{machine.Name}' has no device '{id}'.", $"Get-QemuVmDevice {ShellQuoting.PowerShell([machine.Name])} -Tree");
    }
}
