using System.Globalization;

namespace QemuPS.Machines;

/// <summary>Adds network adapters to machines: to the running QEMU, to the definition, or to both.</summary>
public static class MachineAdapterAddition
{
    /// <summary>Adds an adapter. When the live part fails, nothing of it stays in QEMU and the definition is as it was.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.InvalidOption"/>, <see cref="ErrorId.VmDeviceExists"/>, <see cref="ErrorId.MacAddressInUse"/>, <see cref="ErrorId.NotSupported"/> for a model that QEMU has not,
    /// <see cref="ErrorId.NetworkUnavailable"/>, <see cref="ErrorId.PortInUse"/>, <see cref="ErrorId.VmNotRunning"/>, <see cref="ErrorId.LiveChangeFailed"/> with QEMU's words.</exception>
    public static async Task<QemuVmNetworkAdapter> AddAsync(Machine machine, AdapterAddition addition, IFeedback feedback, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(machine);
        ArgumentNullException.ThrowIfNull(addition);
        using var held = await machine.LockAsync(cancellation).ConfigureAwait(false);
        var definition = machine.Load();
        if (addition.Live && machine.FindProcess() is null) throw machine.NotRunning();
        await MachineAdapterRemoval.CompleteAsync(machine, cancellation).ConfigureAwait(false);

        var adapter = addition.ToAdapter(definition, await ChooseIdAsync(machine, definition, addition.Id, cancellation).ConfigureAwait(false), ChooseAddress(machine, addition.MacAddress));
        DefinitionRules.Require(definition with { NetworkAdapters = [.. definition.NetworkAdapters, adapter] }, definition.Name);
        await AdapterReadiness.RequireAsync(machine, definition, adapter, addition.Live, feedback, cancellation).ConfigureAwait(false);

        if (addition.Live)
        {
            await using var connection = await machine.ConnectAsync(cancellation).ConfigureAwait(false);
            adapter = await new AdapterPlug(machine, connection, cancellation).PlugAsync(definition, adapter, feedback).ConfigureAwait(false);
            StartedDefinition.Change(machine.Folder, started => started with { NetworkAdapters = [.. started.NetworkAdapters, adapter] });
        }

        if (addition.Persist) machine.Store.Save(definition with { NetworkAdapters = [.. definition.NetworkAdapters, adapter] }, held);
        return await MachineAdapterReader.ReadAsync(machine, adapter.Id, feedback, cancellation).ConfigureAwait(false);
    }

    private static async Task<string> ChooseIdAsync(Machine machine, VmDefinition definition, string? wanted, CancellationToken cancellation)
    {
        if (wanted is not null && !DeviceId.IsValid(wanted)) throw new QemuException(ErrorId.InvalidOption, $"'{wanted}' cannot be an adapter's name: it is a letter, then letters, digits, '-', '.' and '_'.", "-Id lan0");
        var used = await UsedIdsAsync(machine, definition, cancellation).ConfigureAwait(false);
        bool IsFree(string id) => !used.Contains(id) && !used.Contains(NetworkArguments.DeviceId(id));
        if (wanted is null) return Enumerable.Range(0, int.MaxValue).Select(number => string.Create(CultureInfo.InvariantCulture, $"net{number}")).First(IsFree);
        return IsFree(wanted) ? wanted : throw new QemuException(ErrorId.VmDeviceExists, $"'{machine.Name}' has a device '{wanted}' already.", $"Another -Id, or none: the next free one is taken. What there is: Get-QemuVmNetworkAdapter {Processes.ShellQuoting.PowerShell(machine.Name)}");
    }

    // What a guest has let go of late may still have its network, which has the name.
    private static async Task<HashSet<string>> UsedIdsAsync(Machine machine, VmDefinition definition, CancellationToken cancellation)
    {
        var used = DefinitionRules.DeviceIds(definition).ToHashSet(StringComparer.Ordinal);
        if (machine.FindProcess() is null) return used;
        await using var connection = await machine.ConnectAsync(cancellation).ConfigureAwait(false);
        used.UnionWith(await new HotPlug(machine, connection, cancellation).IdsAsync().ConfigureAwait(false));
        used.UnionWith((await MachineAdapterReader.LiveAsync(connection, cancellation).ConfigureAwait(false)).Select(adapter => adapter.Id));
        return used;
    }

    // Two machines may meet on one network at any time, whatever they are connected to today.
    private static string ChooseAddress(Machine machine, string? wanted)
    {
        var taken = machine.Store.LoadReadable().SelectMany(definition => definition.NetworkAdapters.Select(adapter => (definition.Name, Adapter: adapter)))
            .Concat(machine.LoadStarted().NetworkAdapters.Select(adapter => (machine.Name, Adapter: adapter)))
            .ToLookup(one => one.Adapter.MacAddress, StringComparer.OrdinalIgnoreCase);
        if (wanted is null)
        {
            string address;
            do address = MacAddress.New();
            while (taken.Contains(address));
            return address;
        }

        var asked = MacAddress.Parse(wanted);
        return taken[asked].FirstOrDefault() is { Adapter: { } other, Name: { } name }
            ? throw new QemuException(ErrorId.MacAddressInUse, $"'{name}' has the MAC address {asked} already, on its adapter '{other.Id}'.", "Another -MacAddress, or none: a new one is made.")
            : asked;
    }
}
