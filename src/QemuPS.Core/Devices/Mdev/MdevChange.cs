using QemuPS.Devices.Pci;

namespace QemuPS.Devices.Mdev;

/// <summary>Makes and removes mediated devices, and gives virtual functions a vendor's type. What fails leaves nothing half made.</summary>
/// <param name="root">The host.</param>
/// <param name="kernel">The way to change it.</param>
public sealed class MdevChange(SysfsRoot root, IKernelWriter kernel)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    /// <summary>Makes a device of a type. A UUID that is defined for this type is made as it was defined.</summary>
    /// <param name="type">The type.</param>
    /// <param name="uuid">Its UUID; null for a new one, or for a virtual function.</param>
    /// <param name="persist">mdevctl's files get it.</param>
    /// <param name="autoStart">mdevctl makes it whenever its parent appears.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <returns>The device.</returns>
    /// <exception cref="QemuException"><see cref="ErrorId.MdevTypeNotFound"/>, <see cref="ErrorId.MdevInstancesExhausted"/>, <see cref="ErrorId.MdevDeviceExists"/>,
    /// <see cref="ErrorId.MdevFailed"/> with the kernel's answer, <see cref="ErrorId.AccessDenied"/>, <see cref="ErrorId.InvalidOption"/>.</exception>
    public async Task<MdevDevice> CreateAsync(MdevType type, Guid? uuid, bool persist, bool autoStart, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(type);
        var now = MdevTypes.Find(root, type);
        // What has no instances left is not offered by the vendors' own framework.
        if (now is null && type.Framework == MdevFramework.VendorVfio && root.Exists(type.SysfsPath)) throw Exhausted(type);
        if (now is null) throw new QemuException(ErrorId.MdevTypeNotFound, $"'{type.Parent}' does not offer '{type.Id}' any more, or has gone.", "Get-MdevType");
        if (now.AvailableInstances == 0) throw Exhausted(type);
        if (type.Framework == MdevFramework.VendorVfio) return await GiveTypeAsync(now, uuid, persist || autoStart, cancellation).ConfigureAwait(false);

        var id = uuid ?? Guid.NewGuid();
        var known = RequireFree(now, id);
        await CreateAsync(now, id, cancellation).ConfigureAwait(false);
        try
        {
            if (known is not null) await SetAttributesAsync(known, cancellation).ConfigureAwait(false);
            if (persist || autoStart) MdevDefinitions.Save(root, new MdevDefinition(id, now.Parent, now.Id, autoStart || known is { AutoStart: true }, known?.Attributes ?? []));
        }
        catch (Exception error) when (error is QemuException or OperationCanceledException)
        {
            await kernel.WriteAsync($"{MdevDevices.Bus}/{id:D}/remove", "1", Limit, CancellationToken.None).ConfigureAwait(false);
            throw;
        }

        return MdevDevices.Find(root, id)!;
    }

    /// <summary>Removes a device: it stops to exist, and is forgotten where that is asked for too.</summary>
    /// <param name="device">The device.</param>
    /// <param name="persist">mdevctl's files lose it.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="QemuException"><see cref="ErrorId.MdevDeviceNotFound"/>, <see cref="ErrorId.PciDeviceInUse"/> where a machine has it, <see cref="ErrorId.MdevFailed"/>, <see cref="ErrorId.AccessDenied"/>.</exception>
    public async Task RemoveAsync(MdevDevice device, bool persist, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(device);
        var now = MdevDevices.Read(root).FirstOrDefault(each => each.Uuid == device.Uuid && each.Address == device.Address)
            ?? throw new QemuException(ErrorId.MdevDeviceNotFound, $"There is no mediated device {device} any more.", "Get-MdevDevice");
        if (!now.IsActive && !persist) throw new QemuException(ErrorId.MdevDeviceNotFound, $"{device} does not exist now, it is defined only.", "-Persist removes the definition.");
        if (now.IsActive) await StopAsync(now, cancellation).ConfigureAwait(false);
        if (persist && now.Uuid is { } uuid && MdevDefinitions.Find(root, uuid) is { } definition) MdevDefinitions.Remove(root, definition);
    }

    // The kernel takes a UUID once, whatever the parent; mdevctl would make a defined one where it is defined.
    private MdevDefinition? RequireFree(MdevType type, Guid uuid)
    {
        if (root.Exists($"{MdevDevices.Bus}/{uuid:D}")) throw Exists(uuid);
        if (MdevDefinitions.Find(root, uuid) is not { } known) return null;
        if (known.Parent == type.Parent && known.Type == type.Id) return known;
        throw new QemuException(ErrorId.MdevDeviceExists, $"The UUID {uuid} is defined as {known.Type} of {known.Parent} already.", "Leave out -Uuid for a new one.");
    }

    private async Task CreateAsync(MdevType type, Guid uuid, CancellationToken cancellation)
    {
        var error = await WriteAsync($"{type.SysfsPath}/create", uuid.ToString("D"), $"Cannot make a '{type.Id}' of {type.Parent}", cancellation).ConfigureAwait(false);
        const int tooManyUsers = 87;
        if (error != 0)
        {
            throw error switch
            {
                KernelErrors.FileExists => Exists(uuid),
                KernelErrors.NoSpace or tooManyUsers => Exhausted(type),
                KernelErrors.NoSuchFile or KernelErrors.NoDevice => new QemuException(ErrorId.MdevTypeNotFound, $"'{type.Parent}' has gone.", "Get-MdevType"),
                _ => Failed($"make a '{type.Id}' of {type.Parent}", error),
            };
        }

        var made = MdevDevices.Find(root, uuid);
        if (made is not { IsActive: true } || made.Type != type.Id) throw new QemuException(ErrorId.MdevFailed, $"The kernel made no '{type.Id}' of {type.Parent}, though it said so.", "sudo dmesg | tail");
    }

    private async Task SetAttributesAsync(MdevDefinition known, CancellationToken cancellation)
    {
        foreach (var (name, value) in known.Attributes)
        {
            // A name with a way out of the folder is no attribute.
            var isName = name.Length > 0 && !name.Split('/').Any(part => part is "" or "." or "..");
            var error = isName ? await WriteAsync($"{MdevDevices.Bus}/{known.Uuid:D}/{name}", value, $"Cannot set '{name}' of {known.Uuid}", cancellation).ConfigureAwait(false) : KernelErrors.Invalid;
            if (error != 0) throw Failed($"set '{name}' of {known.Uuid} to '{value}', as it is defined", error);
        }
    }

    private async Task<MdevDevice> GiveTypeAsync(MdevType type, Guid? uuid, bool persist, CancellationToken cancellation)
    {
        if (uuid is not null || persist) throw new QemuException(ErrorId.InvalidOption, $"{type} is given to a virtual function, which has no UUID and is not kept by mdevctl.", "Leave out -Uuid, -Persist and -AutoStart.");
        var address = VendorVfio.FreeFunction(root, type) ?? throw Exhausted(type);
        await SetTypeAsync(root.Resolve($"{PciDevices.Bus}/{address}")!, type.Id, $"make a '{type.Name}' of {address}", cancellation).ConfigureAwait(false);
        return MdevDevices.Read(root).First(device => device.Address == address);
    }

    private async Task StopAsync(MdevDevice device, CancellationToken cancellation)
    {
        if (device.IommuGroup is { } group && new DeviceClients(root).Of($"/dev/vfio/{group}") is [_, ..] clients)
        {
            throw new QemuException(ErrorId.PciDeviceInUse, $"{device} is in use by {string.Join(", ", clients)}.", "Stop the machine, or take the device from it first: Remove-VmPciPassthrough");
        }

        if (device.Framework == MdevFramework.VendorVfio)
        {
            await SetTypeAsync(device.SysfsPath!, "0", $"remove {device}", cancellation).ConfigureAwait(false);
            return;
        }

        var error = await WriteAsync($"{MdevDevices.Bus}/{device.Uuid:D}/remove", "1", $"Cannot remove {device}", cancellation).ConfigureAwait(false);
        if (error != 0) throw Failed($"remove {device}", error);
        if (root.Exists($"{MdevDevices.Bus}/{device.Uuid:D}")) throw new QemuException(ErrorId.MdevFailed, $"{device} is still there.", "sudo dmesg | tail");
    }

    private async Task SetTypeAsync(string function, string type, string what, CancellationToken cancellation)
    {
        var file = VendorVfio.TypeFile(function);
        var error = await WriteAsync(file, type, $"Cannot {what}", cancellation).ConfigureAwait(false);
        if (error != 0) throw Failed(what, error);
        if (root.ReadText(file) is var told && told != type) throw new QemuException(ErrorId.MdevFailed, $"Could not {what}: its type is {told ?? "unknown"} now.", "sudo dmesg | tail");
    }

    private async Task<int> WriteAsync(string path, string text, string what, CancellationToken cancellation)
    {
        try
        {
            var error = await kernel.WriteAsync(path, text, Limit, cancellation).ConfigureAwait(false);
            return KernelErrors.Forbidden(error, what) is { } forbidden ? throw forbidden : error;
        }
        catch (TimeoutException late)
        {
            throw new QemuException(ErrorId.MdevFailed, $"{what}: the kernel has not answered within {Limit.TotalSeconds:0} s; something uses the device.", "sudo dmesg | tail", late);
        }
    }

    private static QemuException Exists(Guid uuid) => new(ErrorId.MdevDeviceExists, $"There is a mediated device {uuid} already.", $"Get-MdevDevice {uuid}");

    private static QemuException Exhausted(MdevType type) =>
        new(ErrorId.MdevInstancesExhausted, $"'{type.Parent}' has no '{type.Id}' left. Devices of other types on the same parent take room too.", $"Get-MdevDevice | Where-Object Parent -eq {Processes.ShellQuoting.PowerShell(type.Parent)}");

    private static QemuException Failed(string what, int error) => new(ErrorId.MdevFailed, $"Could not {what}: the kernel answered '{KernelErrors.Name(error)}'.", "sudo dmesg | tail");
}
