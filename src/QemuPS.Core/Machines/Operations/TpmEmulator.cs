using QemuPS.Processes;

namespace QemuPS.Machines;

/// <summary>
/// A machine's TPM: a process of swtpm (https://github.com/stefanberger/swtpm) for each running machine that has one. What
/// the TPM knows lies in the machine's folder; the process ends with the machine's QEMU.
/// </summary>
internal static class TpmEmulator
{
    private const string Program = "swtpm";
    private const string SetupProgram = "swtpm_setup";
    private const string StateFile = "tpm2-00.permall";
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Starts it for a machine that has a TPM. When this returns it listens.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.ToolNotFound"/>, <see cref="ErrorId.VmStartFailed"/> with swtpm's words.</exception>
    public static async Task StartAsync(Machine machine, VmDefinition definition, IFeedback feedback, CancellationToken cancellation)
    {
        if (!definition.Tpm) return;
        var swtpm = Tool.Find(Program);
        var state = StateFolder(machine);
        Directory.CreateDirectory(state, OwnerOnly);
        await SetUpAsync(state, feedback, cancellation).ConfigureAwait(false);
        feedback.Verbose($"'{machine.Name}': starting its TPM.");
        // --daemon: the parent ends when the socket is there, with an error where it cannot be. --terminate: the end of the
        // connection, however QEMU ends, is the end of the process.
        var result = await swtpm.RunAsync(Arguments(machine.Folder, state), Patience, cancellation).ConfigureAwait(false);
        if (result.ExitCode != 0) throw result.ToException(ErrorId.VmStartFailed, $"rm -r {ShellQuoting.Bash(state)} makes a new TPM; what a guest has sealed in the old one is lost.");
    }

    /// <summary>The command that starts it, the program first.</summary>
    public static IReadOnlyList<string> Command(Machine machine) => [Tool.Find(Program).Path, .. Arguments(machine.Folder, StateFolder(machine))];

    /// <summary>Ends a TPM whose QEMU never came.</summary>
    public static void Stop(Machine machine)
    {
        if (!File.Exists(machine.Folder.TpmPidFile) || !int.TryParse(File.ReadAllText(machine.Folder.TpmPidFile), out var id)) return;
        using var process = ProcessHandle.TryOpen(id);
        // The number may be somebody else's by now.
        if (process is not null && ProcessTable.CommandLine(id).Any(word => word.Contains(machine.Folder.TpmSocket, StringComparison.Ordinal))) process.Terminate();
    }

    /// <summary>Where the TPM keeps what it knows.</summary>
    public static string StateFolder(Machine machine) => Path.Combine(machine.Store.FolderOf(machine.Name), "tpm");

    // A TPM that comes out of a factory has its endorsement keys; guests look for them.
    private static async Task SetUpAsync(string state, IFeedback feedback, CancellationToken cancellation)
    {
        if (File.Exists(Path.Combine(state, StateFile)) || Tool.TryFind(SetupProgram) is not { } setup) return;
        feedback.Verbose("Making a new TPM.");
        var result = await setup.RunAsync(["--tpm2", "--tpmstate", state, "--createek", "--display", "--pcr-banks", "sha256"], Patience, cancellation).ConfigureAwait(false);
        if (result.ExitCode != 0) feedback.Verbose($"swtpm_setup: {result.ErrorText}. The TPM makes itself at its first start.");
    }

    private static string[] Arguments(RuntimeFolder folder, string state) =>
    [
        "socket", "--tpm2",
        "--tpmstate", $"dir={state},mode=0600",
        "--ctrl", $"type=unixio,path={folder.TpmSocket},mode=0600",
        "--pid", $"file={folder.TpmPidFile}",
        "--log", $"file={folder.TpmLog},truncate",
        "--terminate", "--daemon",
    ];
}
