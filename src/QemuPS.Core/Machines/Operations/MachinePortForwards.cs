namespace QemuPS.Machines;

/// <summary>Ports of the host that lead into guests: what a definition has, and what QEMU really listens at.</summary>
public static class MachinePortForwards
{
    /// <summary>The forwards of a machine.</summary>
    /// <exception cref="QemuException">What <see cref="VmStore.Load"/> and <see cref="Machine.ConnectAsync"/> throw.</exception>
    public static async Task<IReadOnlyList<QemuVmPortForward>> ReadAsync(Machine machine, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(machine);
        var defined = machine.Load().NetworkAdapters.SelectMany(adapter => adapter.PortForwards.Select(forward => (Adapter: adapter.Id, Forward: forward))).ToList();
        if (machine.FindProcess() is null) return [.. defined.Select(one => Describe(machine, one.Adapter, one.Forward))];

        await using var connection = await machine.ConnectAsync(cancellation).ConfigureAwait(false);
        var live = (await new UserNetwork(connection, cancellation).ReadAsync().ConfigureAwait(false)).ToList();
        var all = new List<QemuVmPortForward>();
        // Those with a port of their own first: what is left is what the kernel picked.
        foreach (var (adapter, forward) in defined.OrderBy(one => one.Forward.HostPort == 0))
        {
            var found = live.Find(one => one.IsOf(adapter, forward));
            if (found is not null) live.Remove(found);
            all.Add(found is null ? Describe(machine, adapter, forward) : Describe(machine, found) with { Persisted = true });
        }

        return [.. all, .. live.Select(one => Describe(machine, one))];
    }

    /// <summary>Adds a forward. When the live part fails, the definition stays as it is.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="adapter">The adapter; null for the first with a user-mode network.</param>
    /// <param name="forward">The forward.</param>
    /// <param name="live">QEMU listens now.</param>
    /// <param name="persist">The definition gets it.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="QemuException"><see cref="ErrorId.NetworkUnavailable"/> without a user-mode network, <see cref="ErrorId.PortInUse"/>, <see cref="ErrorId.VmNotRunning"/>, <see cref="ErrorId.LiveChangeFailed"/></exception>
    public static async Task<QemuVmPortForward> AddAsync(Machine machine, string? adapter, VmPortForward forward, bool live, bool persist, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(machine);
        ArgumentNullException.ThrowIfNull(forward);
        using var held = await machine.LockAsync(cancellation).ConfigureAwait(false);
        var definition = machine.Load();
        var id = AdapterOf(machine, definition, adapter);
        if (persist && forward.HostPort != 0 && definition.NetworkAdapters.SelectMany(each => each.PortForwards).Any(other => other with { GuestPort = 0 } == forward with { GuestPort = 0 }))
        {
            throw new QemuException(ErrorId.PortInUse, $"The machine '{machine.Name}' forwards the host's port {forward.HostPort} already.", $"Get-QemuVmPortForward '{machine.Name}'");
        }

        VmDefinition Changed(VmDefinition before) => With(before, id, forwards => [.. forwards, forward]);
        var result = Describe(machine, id, forward);
        if (live)
        {
            await using var connection = await machine.ConnectAsync(cancellation).ConfigureAwait(false);
            result = Describe(machine, await new UserNetwork(connection, cancellation).AddAsync(id, forward).ConfigureAwait(false));
            if (persist) StartedDefinition.Change(machine.Folder, Changed);
        }

        if (persist) machine.Store.Save(Changed(definition), held);
        return result with { Persisted = persist };
    }

    /// <summary>Takes a forward away: from the running QEMU, from the definition, or from both.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.VmNotRunning"/>, <see cref="ErrorId.LiveChangeFailed"/></exception>
    public static async Task RemoveAsync(Machine machine, QemuVmPortForward forward, bool live, bool persist, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(machine);
        ArgumentNullException.ThrowIfNull(forward);
        using var held = await machine.LockAsync(cancellation).ConfigureAwait(false);
        if (live)
        {
            await using var connection = await machine.ConnectAsync(cancellation).ConfigureAwait(false);
            var network = new UserNetwork(connection, cancellation);
            if ((await network.ReadAsync().ConfigureAwait(false)).FirstOrDefault(one => Describe(machine, one).ToString() == forward.ToString() && one.Adapter == forward.Adapter) is { } found)
            {
                await network.RemoveAsync(found).ConfigureAwait(false);
            }

            if (persist) StartedDefinition.Change(machine.Folder, before => Without(before, forward));
        }

        if (persist) machine.Store.Save(Without(machine.Load(), forward), held);
    }

    private static string AdapterOf(Machine machine, VmDefinition definition, string? id)
    {
        var found = definition.NetworkAdapters.FirstOrDefault(adapter => adapter.Network == VmNetwork.User && (id is null || adapter.Id == id));
        return found?.Id ?? throw new QemuException(
            ErrorId.NetworkUnavailable,
            id is null ? $"The machine '{machine.Name}' has no user-mode network, which alone has port forwards." : $"'{id}' is no adapter of '{machine.Name}' with a user-mode network.",
            $"(Get-QemuVm '{machine.Name}').NetworkAdapters");
    }

    // One whose port the kernel picked is 0 in the definition.
    private static VmDefinition Without(VmDefinition definition, QemuVmPortForward forward)
    {
        var forwards = definition.NetworkAdapters.FirstOrDefault(adapter => adapter.Id == forward.Adapter)?.PortForwards ?? [];
        var meant = forwards.FirstOrDefault(one => IsSame(one, forward) && one.HostPort == forward.HostPort) ?? forwards.FirstOrDefault(one => IsSame(one, forward) && one.HostPort == 0);
        return meant is null ? definition : With(definition, forward.Adapter, before => [.. before.Where(one => !ReferenceEquals(one, meant) && one != meant)]);
    }

    private static bool IsSame(VmPortForward one, QemuVmPortForward other) => one.Protocol == other.Protocol && one.GuestPort == other.GuestPort && one.HostAddress == other.HostAddress;

    private static VmDefinition With(VmDefinition definition, string adapter, Func<IReadOnlyList<VmPortForward>, IReadOnlyList<VmPortForward>> change) =>
        definition with { NetworkAdapters = [.. definition.NetworkAdapters.Select(each => each.Id == adapter ? each with { PortForwards = change(each.PortForwards) } : each)] };

    private static QemuVmPortForward Describe(Machine machine, string adapter, VmPortForward forward) => new()
    {
        VmName = machine.Name,
        Adapter = adapter,
        Protocol = forward.Protocol,
        HostAddress = forward.HostAddress,
        HostPort = forward.HostPort,
        GuestPort = forward.GuestPort,
        Persisted = true,
    };

    private static QemuVmPortForward Describe(Machine machine, LiveForward live) => new()
    {
        VmName = machine.Name,
        Adapter = live.Adapter,
        Protocol = live.Protocol,
        HostAddress = live.HostAddress,
        HostPort = live.HostPort,
        GuestPort = live.GuestPort,
        IsListening = true,
    };
}
