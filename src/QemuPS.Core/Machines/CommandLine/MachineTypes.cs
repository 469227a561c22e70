namespace QemuPS.Machines;

/// <summary>What follows from QEMU's machine type.</summary>
public static class MachineTypes
{
    /// <summary>The i440FX machine: <c>pc</c> and <c>pc-i440fx-*</c>. Everything else with PCI Express is treated as q35.</summary>
    public static bool IsPc(string machineType) =>
        machineType == "pc" || machineType.StartsWith("pc-i440fx", StringComparison.Ordinal);

    /// <summary>The machine has a channel to an agent in its guest: by its definition, else a q35 has one, and an old PC has what such PCs always had.</summary>
    public static bool HasAgentChannel(VmDefinition definition) => definition.GuestAgent ?? !IsPc(definition.MachineType);
}
