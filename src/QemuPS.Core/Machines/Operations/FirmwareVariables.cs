using QemuPS.Disks;

namespace QemuPS.Machines;

/// <summary>A machine's UEFI variables: boot entries, keys, settings.</summary>
internal static class FirmwareVariables
{
    /// <summary>Makes them from the firmware's template where the machine has none yet.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.MediumNotFound"/> when the template is not there, or what the conversion throws.</exception>
    public static async Task EnsureAsync(VmFirmware? firmware, IFeedback feedback, CancellationToken cancellation)
    {
        if (firmware is null || File.Exists(firmware.VarsPath)) return;
        if (!File.Exists(firmware.VarsTemplatePath))
        {
            throw new QemuException(ErrorId.MediumNotFound, $"The template '{firmware.VarsTemplatePath}' of the machine's UEFI variables is not there.", "sudo apt-get install ovmf");
        }

        feedback.Verbose($"Making UEFI variables from '{firmware.VarsTemplatePath}'.");
        string[] arguments = ["convert", "-f", firmware.VarsTemplateFormat, "-O", firmware.VarsFormat, firmware.VarsTemplatePath];
        using var target = new NewFile(firmware.VarsPath, overwrite: false, withOwnName: false);
        var result = await QemuImg.Find().RunAsync([.. arguments, target.WorkPath], cancellation).ConfigureAwait(false);
        if (result.ExitCode != 0) throw result.ToException(ErrorId.VmStartFailed);
        target.Keep();
    }
}
