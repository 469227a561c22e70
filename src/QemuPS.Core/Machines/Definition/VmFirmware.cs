using System.Text.Json;

namespace QemuPS.Machines;

/// <summary>
/// A machine's UEFI firmware: the program that all machines share, and the variables that are this machine's own. They
/// are chosen together when the machine is defined: variables of another size or maker than the program's are lost.
/// </summary>
public sealed record VmFirmware
{
    /// <summary>The program's file.</summary>
    public required string CodePath { get; init; }

    /// <summary>Its format by QEMU's name.</summary>
    public string CodeFormat { get; init; } = "raw";

    /// <summary>The file with this machine's variables. Without one it is made from <see cref="VarsTemplatePath"/> when the machine starts.</summary>
    public required string VarsPath { get; init; }

    /// <summary>The format of <see cref="VarsPath"/>: qcow2, so that snapshots have the variables too.</summary>
    public string VarsFormat { get; init; } = "qcow2";

    /// <summary>What the variables begin with.</summary>
    public required string VarsTemplatePath { get; init; }

    /// <summary>The template's format by QEMU's name.</summary>
    public string VarsTemplateFormat { get; init; } = "raw";

    /// <summary>Programs that nobody has signed do not start, from the first start on: the keys are in the template.</summary>
    public bool SecureBoot { get; init; }

    /// <summary>The firmware protects its variables with System Management Mode; only a q35 machine has it.</summary>
    public bool RequiresSmm { get; init; }

    /// <summary>Members that this version does not know.</summary>
    public IDictionary<string, JsonElement>? Unknown { get; init; }

    /// <inheritdoc/>
    public override string ToString() => SecureBoot ? "UEFI with Secure Boot" : "UEFI";
}
