using System.Net;
using System.Security;
using System.Text.Json.Nodes;

namespace QemuPS.Machines;

/// <summary>Who may look at a machine's display.</summary>
public static class MachineDisplay
{
    /// <summary>Sets the password of a VNC or SPICE display. QEMU keeps it in memory until it ends; it is in no file, argument or log.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.VmNotRunning"/>, <see cref="ErrorId.NotSupported"/> for a machine without such a display,
    /// <see cref="ErrorId.QmpCommandFailed"/> where the display was started without one (a socket has none).</exception>
    public static async Task SetPasswordAsync(Machine machine, SecureString password, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(machine);
        if (machine.FindProcess() is null) throw machine.NotRunning();
        var protocol = (StartedDefinition.Find(machine.Folder) ?? machine.Load()).Display switch
        {
            VmDisplay.Vnc => "vnc",
            VmDisplay.Spice => "spice",
            _ => throw new QemuException(ErrorId.NotSupported, $"The machine '{machine.Name}' has no display that takes a password."),
        };
        var arguments = new JsonObject { ["protocol"] = protocol, ["password"] = new NetworkCredential("", password).Password };
        await machine.ExecuteAsync("set_password", arguments, Machine.AnswerTimeout, cancellation).ConfigureAwait(false);
    }
}
