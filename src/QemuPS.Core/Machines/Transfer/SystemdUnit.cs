using System.Text;
using QemuPS.Processes;

namespace QemuPS.Machines;

/// <summary>
/// A machine as a user unit of systemd (systemd.service(5)): it starts with the user's session, or with the host where lingering is on
/// (loginctl(1)), by the very command that Start-QemuVm runs, and is asked to shut down when the unit stops.
/// </summary>
public static class SystemdUnit
{
    // As long as Stop-QemuVm -Force waits.
    private const int StopSeconds = 300;

    /// <summary>The unit's text.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="command">The command that starts it, the program first.</param>
    public static string For(Machine machine, IReadOnlyList<string> command)
    {
        ArgumentNullException.ThrowIfNull(machine);
        var program = Tool.Find(command[0]).Path;
        // The monitor answers to a client that negotiates; socat is not everywhere, and QEMU itself ends with the guest.
        return $"""
            [Unit]
            Description=QEMU machine {Escape(machine.Name)}
            Documentation=man:qemu-system-x86_64(1)

            [Service]
            Type=forking
            PIDFile={Escape(machine.Folder.PidFile)}
            RuntimeDirectory=qemups
            RuntimeDirectoryMode=0700
            RuntimeDirectoryPreserve=yes
            ExecStartPre=/bin/mkdir -p -m 0700 {Quote(machine.Folder.Path)}
            {Preparation(machine)}ExecStart={Quote(program)} {string.Join(' ', command.Skip(1).Select(Quote))}
            ExecStop=/usr/bin/env pwsh -NoProfile -NonInteractive -Command {Quote($"Import-Module QemuPS; Stop-QemuVm -Name {ShellQuoting.PowerShell(machine.Name)} -Timeout {StopSeconds - 10} -Force")}
            TimeoutStopSec={StopSeconds}
            Restart=no

            [Install]
            WantedBy=default.target

            """.ReplaceLineEndings("\n");
    }

    // The TPM is a program of its own, which has to listen before QEMU comes.
    private static string Preparation(Machine machine) =>
        machine.Load().Tpm ? $"ExecStartPre={string.Join(' ', TpmEmulator.Command(machine).Select(Quote))}\n" : "";

    // systemd.syntax(7): a backslash and a quote are escaped inside of quotes; % and $ mean something everywhere in a command.
    private static string Quote(string word)
    {
        var text = new StringBuilder("\"");
        foreach (var letter in word)
        {
            text.Append(letter switch { '\\' => "\\\\", '"' => "\\\"", '%' => "%%", '$' => "$$", _ => letter.ToString() });
        }

        return text.Append('"').ToString();
    }

    private static string Escape(string text) => text.Replace("%", "%%", StringComparison.Ordinal);
}
