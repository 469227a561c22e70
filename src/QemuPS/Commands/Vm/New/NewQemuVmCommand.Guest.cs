using System.Management.Automation;
using QemuPS.Machines;

namespace QemuPS.Commands.Vm;

// What the machine is for, and what follows from it: firmware, TPM, screen.
public sealed partial class NewQemuVmCommand
{
    private const int WithBios = 1;
    private const int WithUefiFirmware = 2;

    /// <summary>What the machine is going to run: sets what is not said otherwise, and -Verbose says what and why.</summary>
    [Parameter(ParameterSetName = WithExistingDisk)]
    [Parameter(ParameterSetName = WithNewDisk)]
    [Parameter(ParameterSetName = WithNoDisk)]
    public VmGuestOs? GuestOs { get; set; }

    /// <summary>1 for a BIOS, 2 for UEFI, as Hyper-V counts them. 2 means a q35 machine where no machine type is given.</summary>
    [Parameter]
    [ValidateSet("1", "2")]
    public int? Generation { get; set; }

    /// <summary>UEFI that starts signed programs only, with the usual keys in it.</summary>
    [Parameter]
    public SwitchParameter SecureBoot { get; set; }

    /// <summary>A TPM 2.0; needs swtpm on this host.</summary>
    [Parameter]
    public SwitchParameter Tpm { get; set; }

    /// <summary>How the screen can be seen; not at all without it, but for Save-QemuVmScreenshot.</summary>
    [Parameter]
    public VmDisplay? Display { get; set; }

    /// <summary>The port of 127.0.0.1 for a VNC or SPICE display, which then needs a password; a socket that is yours alone without it. 0 picks a free one (VNC).</summary>
    [Parameter]
    [ValidateRange(0, 65535)]
    public int? DisplayPort { get; set; }

    private GuestProfile? Profile => GuestOs is { } guest ? GuestProfile.For(guest) : null;

    private bool WantsUefi => Generation == WithUefiFirmware || (Generation != WithBios && (SecureBoot || Profile?.Uefi == true));

    private VmDefinition WithGuest(VmDefinition definition)
    {
        var profile = Profile;
        foreach (var line in profile?.Explain() ?? []) WriteVerbose(line);
        var board = profile?.MachineType ?? (WantsUefi ? "q35" : definition.MachineType);
        return definition with
        {
            MachineType = ParameterSetName == FromDefinition ? definition.MachineType : board,
            CpuModel = profile is null ? definition.CpuModel : profile.CpuModel,
            Tpm = Tpm || definition.Tpm || profile?.Tpm == true,
            LocalTime = definition.LocalTime || profile?.LocalTime == true,
            HyperV = definition.HyperV || profile?.HyperV == true,
            Tablet = definition.Tablet || profile?.Tablet == true,
            Display = Display ?? definition.Display,
            DisplayPort = DisplayPort ?? definition.DisplayPort,
        };
    }

    // Last, for it depends on the machine type.
    private VmDefinition WithFirmware(VmDefinition definition)
    {
        if (Generation == WithBios && SecureBoot) throw new QemuException(ErrorId.InvalidOption, "Secure Boot is a part of UEFI, which a machine of generation 1 does not have.");
        if (Generation == WithBios) return definition with { Firmware = null };
        var folder = VmStore.Open().FolderOf(definition.Name);
        return WantsUefi ? Await((feedback, _) => Task.FromResult(definition.WithUefi(folder, SecureBoot || Profile?.SecureBoot == true, feedback))) : definition;
    }
}
