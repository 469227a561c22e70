using QemuPS.Devices;
using QemuPS.Host;

namespace QemuPS.Machines;

/// <summary>Gives a machine UEFI firmware: the first that is installed and fits, by its descriptor (docs/interop/firmware.json of QEMU).</summary>
public static class NewFirmware
{
    private const string Architecture = "x86_64";

    // A descriptor names versioned types only: pc-q35-*, pc-i440fx-*.
    private const string Q35 = "pc-q35-7.2";
    private const string Pc = "pc-i440fx-7.2";

    /// <summary>The definition with UEFI firmware and variables of its own in the machine's folder.</summary>
    /// <param name="definition">The machine.</param>
    /// <param name="folder">The machine's own folder.</param>
    /// <param name="secureBoot">The firmware starts signed programs only.</param>
    /// <param name="feedback">Hears which firmware was chosen.</param>
    /// <exception cref="QemuException"><see cref="ErrorId.FirmwareNotFound"/> when none is installed that fits.</exception>
    public static VmDefinition WithUefi(this VmDefinition definition, string folder, bool secureBoot, IFeedback feedback)
    {
        var installed = FirmwareDescriptors.Read(SysfsRoot.FromEnvironment(), feedback);
        var found = FirmwareDescriptors.FindUefi(installed, Architecture, VersionedType(definition.MachineType), secureBoot) ?? throw NotFound(definition, secureBoot);
        feedback.Verbose($"'{definition.Name}': firmware {found.Name}: {found.Description}.");
        return definition with
        {
            Firmware = new VmFirmware
            {
                CodePath = found.CodePath,
                CodeFormat = found.CodeFormat,
                // A file for each of the two: who goes back finds the boot entries again.
                VarsPath = Path.Combine(folder, secureBoot ? "uefi-vars-secure.qcow2" : "uefi-vars.qcow2"),
                VarsTemplatePath = found.VarsTemplatePath!,
                VarsTemplateFormat = found.VarsTemplateFormat ?? "raw",
                SecureBoot = secureBoot,
                RequiresSmm = found.Features.Contains("requires-smm"),
            },
        };
    }

    /// <summary>The definition with variables in another folder: two machines never share them.</summary>
    public static VmDefinition WithOwnVariables(this VmDefinition definition, string folder) =>
        definition.Firmware is { } firmware ? definition with { Firmware = firmware with { VarsPath = Path.Combine(folder, Path.GetFileName(firmware.VarsPath)) } } : definition;

    private static string VersionedType(string machineType) => machineType switch
    {
        "q35" => Q35,
        "pc" => Pc,
        _ => machineType,
    };

    private static QemuException NotFound(VmDefinition definition, bool secureBoot) =>
        secureBoot && MachineTypes.IsPc(definition.MachineType)
            ? new QemuException(ErrorId.FirmwareNotFound, "Secure Boot needs a q35 machine: only that has System Management Mode.", "-MachineType q35")
            : new QemuException(
                ErrorId.FirmwareNotFound,
                $"No UEFI firmware {(secureBoot ? "with Secure Boot " : "")}for a {definition.MachineType} machine is installed.",
                "sudo apt-get install ovmf");
}
