using QemuPS.Processes;

namespace QemuPS.Host;

/// <summary>QEMU itself, and the folders that machines are kept in and run in.</summary>
internal static class QemuChecks
{
    private static readonly CheckArea Area = new("Qemu");
    // -blockdev, -device and -netdev take JSON from this version on (docs/about/removed-features.rst and the changelogs of 6.0 to 7.2).
    private static readonly Version Oldest = new(6, 2);
    private const ulong LittleSpace = 2UL << 30;
    private const ulong LittleRuntimeSpace = 4 << 20;
    private const int LongestRuntimePath = 107 - 45;

    public static async Task<IEnumerable<QemuCheck>> RunAsync(HostPlaces places, IFeedback feedback, CancellationToken cancellation)
    {
        var checks = await EmulatorAsync(feedback, cancellation).ConfigureAwait(false);
        return [.. checks, ImageTool(), SessionFolder(), Runtime(places.Runtime), Store(places.Store)];
    }

    private static async Task<IEnumerable<QemuCheck>> EmulatorAsync(IFeedback feedback, CancellationToken cancellation)
    {
        const string name = "QEMU";
        try
        {
            var emulator = Emulators.For(Emulators.OwnArchitecture);
            var capabilities = await CapabilityCache.GetAsync(emulator, feedback, cancellation).ConfigureAwait(false);
            return [Version(name, emulator, capabilities), Accelerator(capabilities), Sandbox(capabilities)];
        }
        catch (QemuException error)
        {
            return [Area.Fail(name, error.Message, "Install it.", error.RecommendedAction)];
        }
    }

    private static QemuCheck Version(string name, Tool emulator, QemuCapabilities capabilities) => capabilities.Version >= Oldest
        ? Area.Pass(name, $"{capabilities.Version}, {emulator.Path}.")
        : Area.Fail(name, $"{capabilities.Version}, {emulator.Path}: it does not understand the arguments that QemuPS gives it.", $"Install QEMU {Oldest} or newer.");

    private static QemuCheck Accelerator(QemuCapabilities capabilities)
    {
        const string name = "KVM in QEMU";
        return capabilities.Accelerators.Contains("kvm")
            ? Area.Pass(name, "It was built with KVM.")
            : Area.Warning(name, $"It was built without KVM ({string.Join(", ", capabilities.Accelerators)}): every machine is slow.", "Install a QEMU that has it.");
    }

    private static QemuCheck Sandbox(QemuCapabilities capabilities)
    {
        const string name = "Sandbox";
        return capabilities.HasSandbox
            ? Area.Pass(name, "QEMU can lock itself in (seccomp).")
            : Area.Warning(name, "QEMU was built without seccomp: what breaks out of a guest can call all of the kernel.", "Install a QEMU that has it.");
    }

    private static QemuCheck ImageTool() => Tool.TryFind("qemu-img") is { } tool
        ? Area.Pass("qemu-img", $"{tool.Path}.")
        : Area.Fail("qemu-img", "It is not installed: disks cannot be made or changed.", "Install it.", "sudo apt-get install qemu-utils");

    private static QemuCheck SessionFolder()
    {
        const string name = "XDG_RUNTIME_DIR";
        if (Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR") is not { Length: > 0 } folder)
        {
            return Area.Warning(
                name, "It is not set, as in sessions by su or sudo: machines started here run below /tmp and are not seen by a session that has it.",
                "Set it as logging in does.", "export XDG_RUNTIME_DIR=/run/user/$(id -u)");
        }

        return Directory.Exists(folder)
            ? Area.Pass(name, $"{folder}.")
            : Area.Warning(name, $"It names '{folder}', which is not there: machines run below /tmp.", "Log in as this user (loginctl enable-linger keeps the folder).", "sudo loginctl enable-linger $USER");
    }

    private static QemuCheck Runtime(string folder)
    {
        const string name = "Runtime folder";
        if (folder.Length > LongestRuntimePath)
        {
            return Area.Fail(name, $"'{folder}' is so long that the sockets of machines do not fit (unix(7)).", "Use a shorter folder.", "export XDG_RUNTIME_DIR=/run/user/$(id -u)");
        }

        if (FileStatus.Find(folder) is { } status && (status.Type != FileType.Folder || status.UserId != FileStatus.CurrentUserId))
        {
            return Area.Fail(name, $"'{folder}' belongs to somebody else; machines cannot run in it.", "Remove it.", $"sudo rm -r {ShellQuoting.Bash(folder)}");
        }

        var free = FreeAt(folder);
        return free >= LittleRuntimeSpace
            ? Area.Pass(name, $"'{folder}', {SizeText.From(free)} free.")
            : Area.Warning(name, $"'{folder}' has {SizeText.From(free)} left for logs and sockets.", "Make room.", $"df -h {ShellQuoting.Bash(Existing(folder))}");
    }

    private static QemuCheck Store(string folder)
    {
        const string name = "Store";
        var free = FreeAt(folder);
        return free >= LittleSpace
            ? Area.Pass(name, $"'{folder}', {SizeText.From(free)} free.")
            : Area.Warning(name, $"'{folder}' has {SizeText.From(free)} left.", "Make room, or keep machines elsewhere (QEMUPS_HOME).", $"df -h {ShellQuoting.Bash(Existing(folder))}");
    }

    private static ulong FreeAt(string folder) => (ulong)new DriveInfo(Existing(folder)).AvailableFreeSpace;

    // What is not there yet will lie on the file system of the folder above.
    private static string Existing(string folder)
    {
        while (!Directory.Exists(folder)) folder = Path.GetDirectoryName(folder)!;
        return folder;
    }
}
