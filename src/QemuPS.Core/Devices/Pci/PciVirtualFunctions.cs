using System.Globalization;

namespace QemuPS.Devices.Pci;

/// <summary>Changes how many virtual functions a device has (Documentation/PCI/pci-iov-howto.rst).</summary>
/// <param name="root">The host.</param>
/// <param name="kernel">The way to change it.</param>
public sealed class PciVirtualFunctions(SysfsRoot root, IKernelWriter kernel)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>Throws where a device cannot have that many virtual functions, or those it has are in use.</summary>
    /// <returns>The device as it is now.</returns>
    /// <exception cref="QemuException"><see cref="ErrorId.PciDeviceNotFound"/>, <see cref="ErrorId.NotSupported"/>, <see cref="ErrorId.InvalidOption"/>, <see cref="ErrorId.PciDeviceInUse"/>.</exception>
    public static PciDevice Require(SysfsRoot root, PciDevice device, int count, bool force)
    {
        ArgumentNullException.ThrowIfNull(device);
        var all = PciDevices.Read(root);
        var now = PciDevices.At(all, device.Address) ?? throw PciDevices.NotFound(device.Address);
        if (now.VirtualFunctionMaximum is not { } most) throw new QemuException(ErrorId.NotSupported, $"{now} has no virtual functions (SR-IOV), or it is turned off in the firmware.", "Get-PciDevice | Where-Object VirtualFunctionMaximum");
        if (count < 0 || count > most) throw new QemuException(ErrorId.InvalidOption, $"{now} can have 0 to {most} virtual functions, not {count}.");
        if (now.VirtualFunctionCount == count) return now;
        foreach (var function in all.Where(function => function.PhysicalFunction == now.Address))
        {
            // Changing the number takes all of them away first.
            var client = function.HostUse.FirstOrDefault(use => use.Kind == PciHostUseKind.VfioClient);
            if (client is null && (force || function.HostUse.Count == 0)) continue;
            throw new QemuException(
                ErrorId.PciDeviceInUse,
                $"The virtual function {function.Address} is in use ({string.Join(" and ", function.HostUse)}), and changing their number takes all of them away.",
                client is null ? "-Force takes them away all the same." : "Stop the machine first.");
        }

        return now;
    }

    /// <summary>Gives a device a number of virtual functions.</summary>
    /// <returns>The device as it is then.</returns>
    /// <exception cref="QemuException">What <see cref="Require"/> throws; <see cref="ErrorId.PciDriverFailed"/> with the kernel's answer, <see cref="ErrorId.PciDriverTimeout"/>, <see cref="ErrorId.AccessDenied"/>.</exception>
    public async Task<PciDevice> SetAsync(PciDevice device, int count, bool force, CancellationToken cancellation)
    {
        var now = Require(root, device, count, force);
        if (now.VirtualFunctionCount == count) return now;
        // The kernel changes the number from zero and to zero only.
        if (now.VirtualFunctionCount > 0) await WriteAsync(now, 0, cancellation).ConfigureAwait(false);
        try
        {
            if (count > 0) await WriteAsync(now, count, cancellation).ConfigureAwait(false);
        }
        catch (QemuException) when (now.VirtualFunctionCount > 0)
        {
            await WriteAsync(now, now.VirtualFunctionCount.Value, CancellationToken.None).ConfigureAwait(false);
            throw;
        }

        return PciDevices.Find(root, now.Address) ?? throw PciDevices.NotFound(now.Address);
    }

    private async Task WriteAsync(PciDevice device, int count, CancellationToken cancellation)
    {
        var path = $"{device.SysfsPath}/sriov_numvfs";
        var text = count.ToString(CultureInfo.InvariantCulture);
        int error;
        try
        {
            error = await kernel.WriteAsync(path, text, Limit, cancellation).ConfigureAwait(false);
        }
        catch (TimeoutException late)
        {
            throw new QemuException(ErrorId.PciDriverTimeout, $"{device} has not got {count} virtual functions within {Limit.TotalSeconds:0} s.", "sudo dmesg | tail", late);
        }

        if (KernelErrors.Forbidden(error, $"Cannot give {device} {count} virtual functions") is { } forbidden) throw forbidden;
        if (error == KernelErrors.NoSuchFile) throw new QemuException(ErrorId.PciDriverFailed, device.Driver is null ? $"{device} has no driver that could make virtual functions." : $"The driver {device.Driver} of {device} makes no virtual functions.", "Set-PciDriver -Default");
        if (error != 0) throw new QemuException(ErrorId.PciDriverFailed, $"{device} could not get {count} virtual functions: the kernel answered '{KernelErrors.Name(error)}'.", "sudo dmesg | tail");
        if (root.Open(device.SysfsPath)?.Number("sriov_numvfs") != count) throw new QemuException(ErrorId.PciDriverFailed, $"{device} has not got {count} virtual functions, though the kernel said so.", "sudo dmesg | tail");
    }
}
