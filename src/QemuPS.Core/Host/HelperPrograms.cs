using QemuPS.Processes;

namespace QemuPS.Host;

/// <summary>The programs that QEMU works with. Distributions keep some of them out of the PATH.</summary>
public static class HelperPrograms
{
    /// <summary>Makes taps on a bridge for users without privileges.</summary>
    public const string BridgeHelper = "qemu-bridge-helper";

    private static readonly string[] Folders = ["/usr/lib/qemu", "/usr/libexec", "/usr/libexec/qemu", "/usr/lib/x86_64-linux-gnu/qemu", "/usr/lib64/qemu", "/usr/local/libexec"];
    private static readonly string[] Names = [BridgeHelper, "passt", "qemu-img", "qemu-nbd", "qemu-storage-daemon", "swtpm", "swtpm_setup", "virtiofsd"];

    /// <summary>Each with its path; null where it is not installed.</summary>
    public static IReadOnlyDictionary<string, string?> Find() => Names.ToDictionary(name => name, Find);

    /// <summary>One program's path; null where it is not installed.</summary>
    public static string? Find(string name) =>
        Folders.Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists) ?? Tool.TryFind(name)?.Path;
}
