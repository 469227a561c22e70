using System.Management.Automation;
using QemuPS.Binding;
using QemuPS.Machines;

namespace QemuPS.Commands.Guest;

/// <summary><c>Copy-QemuGuestFile</c>: copies files into and out of machines' guests.</summary>
[Cmdlet(VerbsCommon.Copy, "QemuGuestFile", DefaultParameterSetName = ByName, SupportsShouldProcess = true)]
[OutputType(typeof(FileInfo))]
public sealed class CopyQemuGuestFileCommand : LongVmCommand
{
    /// <summary>The file: a path of this host with -ToGuest, of the guest with -FromGuest.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    [ValidateNotNullOrEmpty]
    public string SourcePath { get; set; } = "";

    /// <summary>Where it goes: a path of the guest with -ToGuest, of this host with -FromGuest. A folder takes it under its own name.</summary>
    [Parameter(Mandatory = true, Position = 2)]
    [ValidateNotNullOrEmpty]
    public string DestinationPath { get; set; } = "";

    /// <summary>Copies from this host into the guest.</summary>
    [Parameter]
    public SwitchParameter ToGuest { get; set; }

    /// <summary>Copies from the guest to this host.</summary>
    [Parameter]
    public SwitchParameter FromGuest { get; set; }

    /// <summary>Replaces a file that is there.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>With -FromGuest, writes the file that has come.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing() => OrTerminate(() =>
        ToGuest.IsPresent == FromGuest.IsPresent ? throw new QemuException(ErrorId.InvalidOption, "A file is copied either -ToGuest or -FromGuest.") : true);

    /// <inheritdoc/>
    protected override void Process(Machine machine)
    {
        if (ToGuest) CopyIn(machine, this.FullPath(SourcePath));
        else CopyOut(machine, this.FullPath(DestinationPath));
    }

    private void CopyIn(Machine machine, string source)
    {
        if (!ShouldDo($"Copy '{source}' to '{DestinationPath}' in the guest of '{machine.Name}'")) return;
        Begin(machine.Name, int.MaxValue, async (feedback, cancellation) =>
        {
            await GuestFileCopy.ToGuestAsync(machine, source, DestinationPath, Force, feedback, cancellation).ConfigureAwait(false);
            return null;
        });
    }

    private void CopyOut(Machine machine, string destination)
    {
        if (!ShouldDo($"Copy '{SourcePath}' in the guest of '{machine.Name}' to '{destination}'")) return;
        Begin(machine.Name, int.MaxValue, async (feedback, cancellation) =>
        {
            var path = await GuestFileCopy.FromGuestAsync(machine, SourcePath, destination, Force, feedback, cancellation).ConfigureAwait(false);
            return PassThru ? new FileInfo(path) : null;
        });
    }
}
