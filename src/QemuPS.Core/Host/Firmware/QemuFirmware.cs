namespace QemuPS;

/// <summary>A firmware that is installed, as its descriptor says (docs/interop/firmware.json of QEMU).</summary>
public sealed record QemuFirmware
{
    /// <summary>The descriptor's file name, which decides what comes first: <c>60-edk2-x86_64.json</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The descriptor.</summary>
    public required string DescriptorPath { get; init; }

    /// <summary>Its maker's description.</summary>
    public required string Description { get; init; }

    /// <summary>What it offers to a guest: <c>uefi</c>, <c>bios</c>, <c>openfirmware</c>, <c>uboot</c>.</summary>
    public required IReadOnlyList<string> Interfaces { get; init; }

    /// <summary>How it gets into the machine: <c>flash</c>, <c>memory</c> or <c>kernel</c>.</summary>
    public required string Device { get; init; }

    /// <summary>The program.</summary>
    public required string CodePath { get; init; }

    /// <summary>The program's format: <c>raw</c>, <c>qcow2</c>.</summary>
    public string CodeFormat { get; init; } = "raw";

    /// <summary>What a machine's variables begin with; null where it keeps none apart from the program.</summary>
    public string? VarsTemplatePath { get; init; }

    /// <summary>The format of <see cref="VarsTemplatePath"/>.</summary>
    public string? VarsTemplateFormat { get; init; }

    /// <summary>What it is made for.</summary>
    public required IReadOnlyList<QemuFirmwareTarget> Targets { get; init; }

    /// <summary>What it can do and needs: <c>secure-boot</c>, <c>enrolled-keys</c>, <c>requires-smm</c>, <c>acpi-s3</c>, <c>amd-sev</c>, ...</summary>
    public required IReadOnlyList<string> Features { get; init; }

    /// <summary>Its files are there.</summary>
    public required bool IsComplete { get; init; }

    /// <summary>It has Secure Boot.</summary>
    public bool HasSecureBoot => Features.Contains("secure-boot");

    /// <summary>The keys of Microsoft and others are in its variables: Secure Boot is on from the first start.</summary>
    public bool HasEnrolledKeys => Features.Contains("enrolled-keys");

    /// <inheritdoc/>
    public override string ToString() => Name;
}

/// <summary>What a firmware is made for.</summary>
/// <param name="Architecture">An architecture of QEMU's: <c>x86_64</c>.</param>
/// <param name="MachineTypes">Machine types, with <c>*</c> for any part of a name: <c>pc-q35-*</c>.</param>
public sealed record QemuFirmwareTarget(string Architecture, IReadOnlyList<string> MachineTypes)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Architecture}: {string.Join(", ", MachineTypes)}";
}
