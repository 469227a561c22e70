using QemuPS.Qmp;

namespace QemuPS.Machines;

/// <summary>
/// A state is only for a machine that is built the same. A device that had a PCIe port of its own and was taken out has left
/// the port behind, and no definition says so: what QEMU would refuse at the next start is refused while nothing is lost.
/// </summary>
internal static class PortLayout
{
    /// <summary>Throws where the running machine has other ports than one that is started as it was.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.VmSaveFailed"/></exception>
    public static async Task RequireReproducibleAsync(Machine machine, QmpConnection connection, CancellationToken cancellation)
    {
        var there = (await new HotPlug(machine, connection, cancellation).IdsAsync().ConfigureAwait(false)).Where(HotplugPorts.IsPort).ToHashSet();
        var made = HotplugPorts.Build(machine.LoadStarted()).Select(port => port["id"]!.GetValue<string>()).ToHashSet();
        if (there.SetEquals(made)) return;
        there.SymmetricExceptWith(made);
        throw new QemuException(
            ErrorId.VmSaveFailed,
            $"The state of '{machine.Name}' cannot be saved: devices have come or gone since its start, and a QEMU that is started anew would have other PCIe ports ({string.Join(", ", there.Order(StringComparer.Ordinal))}). It runs on as before.",
            $"Restart-QemuVm {Processes.ShellQuoting.PowerShell(machine.Name)}   # then it can be saved again");
    }
}
