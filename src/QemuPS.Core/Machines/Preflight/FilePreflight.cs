using QemuPS.Host;

namespace QemuPS.Machines;

/// <summary>Files and programs that the machine starts from: kernel, firmware, TPM; folders that it shares.</summary>
internal static class FilePreflight
{
    public static IEnumerable<PreflightFinding> Examine(PreflightSubject subject)
    {
        foreach (var (name, path) in new[] { ("Kernel", subject.Definition.KernelPath), ("Initial RAM disk", subject.Definition.InitrdPath) })
        {
            if (path is not null) yield return Required("Kernel", name, path);
        }

        foreach (var share in subject.Definition.SharedFolders) yield return Shared(share);
        foreach (var path in Firmware(subject)) yield return RequiredFirmware(path);
        if (subject.Arguments.Named("tpmdev").Any(option => option.Kind == "emulator")) yield return Tpm();
    }

    private static PreflightFinding Required(string category, string name, string path) => CanRead(path)
        ? PreflightFinding.Pass(category, name, $"'{path}' is there.")
        : PreflightFinding.Fail(category, name, ErrorId.MediumNotFound, File.Exists(path) ? $"You may not read the file '{path}' that the machine starts from." : $"The file '{path}' that the machine starts from is not there.", "Name one that is there.");

    // Whatever is in flash or given as a BIOS; what lies in the machine's own folder, the start makes.
    private static IEnumerable<string> Firmware(PreflightSubject subject)
    {
        var own = subject.Machine.Store.FolderOf(subject.Machine.Name) + "/";
        var drives = subject.Definition.Drives.Select(drive => drive.Path).OfType<string>().ToHashSet();
        var flash = subject.Arguments.Named("blockdev").Where(option => option.Kind == "file").Select(option => option["filename"])
            .Concat(subject.Arguments.Named("drive").Where(option => option["if"] == "pflash").Select(option => option["file"]))
            .Concat(subject.Arguments.Named("bios").Where(option => option.Text.StartsWith('/')).Select(option => option.Text));
        return flash.OfType<string>().Where(path => !drives.Contains(path) && !path.StartsWith(own, StringComparison.Ordinal)).Distinct();
    }

    private static PreflightFinding RequiredFirmware(string path) => CanRead(path)
        ? PreflightFinding.Pass("Firmware", "Firmware", $"'{path}' is there.")
        : PreflightFinding.Fail("Firmware", "Firmware", ErrorId.MediumNotFound, $"The firmware '{path}' is not there, or you may not read it.", "Install it.", "sudo apt-get install ovmf");

    private static PreflightFinding Shared(VmSharedFolder share)
    {
        try
        {
            MachineSharedFolders.RequireFolder(share.Path);
            return PreflightFinding.Pass("SharedFolder", share.Tag, $"'{share.Path}' is there.");
        }
        catch (QemuException error)
        {
            return PreflightFinding.Fail("SharedFolder", share.Tag, error);
        }
    }

    private static PreflightFinding Tpm() => HelperPrograms.Find("swtpm") is { } path
        ? PreflightFinding.Pass("Firmware", "TPM", $"{path}.")
        : PreflightFinding.Fail("Firmware", "TPM", ErrorId.ToolNotFound, "The machine has a TPM, and swtpm is not installed.", "Install it.", "sudo apt-get install swtpm swtpm-tools");

    private static bool CanRead(string path)
    {
        try
        {
            using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
