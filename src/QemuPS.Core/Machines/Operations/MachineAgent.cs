using System.Text.Json;
using QemuPS.Qmp;

namespace QemuPS.Machines;

/// <summary>The agent in a machine's guest.</summary>
public static class MachineAgent
{
    /// <summary>Connects to the agent.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="timeout">How long the agent may take to answer.</param>
    /// <param name="cancellation">Stops the attempt.</param>
    /// <exception cref="QemuException"><see cref="ErrorId.VmNotRunning"/>, <see cref="ErrorId.GuestAgentNotConnected"/> when no agent has opened its port,
    /// <see cref="ErrorId.GuestAgentTimeout"/> when the agent that has does not answer.</exception>
    public static async Task<GuestAgentConnection> ConnectAsync(Machine machine, TimeSpan timeout, CancellationToken cancellation)
    {
        if (!await IsListeningAsync(machine, cancellation).ConfigureAwait(false))
        {
            throw new QemuException(
                ErrorId.GuestAgentNotConnected,
                $"No agent listens in the guest of '{machine.Name}'.",
                $"Install qemu-guest-agent in the guest, and: Wait-QemuVm '{machine.Name}' -For GuestAgent");
        }

        return await GuestAgentConnection.ConnectAsync(machine.Folder.AgentSocket, timeout, cancellation).ConfigureAwait(false);
    }

    /// <summary>Whether a program in the guest has opened the agent's port.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.GuestAgentNotConnected"/> when the machine has no such port.</exception>
    internal static async Task<bool> IsListeningAsync(Machine machine, CancellationToken cancellation)
    {
        var devices = await machine.ExecuteAsync("query-chardev", null, Machine.AnswerTimeout, cancellation).ConfigureAwait(false);
        return IsListening(devices) ?? throw NoChannel(machine);
    }

    internal static QemuException NoChannel(Machine machine) =>
        new(ErrorId.GuestAgentNotConnected, $"The machine '{machine.Name}' has no channel for a guest agent.", $"Set-QemuVm '{machine.Name}' -GuestAgent   # from its next start on");

    /// <summary>What <c>query-chardev</c> says of the agent's port; null where there is none.</summary>
    internal static bool? IsListening(JsonElement characterDevices)
    {
        foreach (var device in characterDevices.EnumerateArray())
        {
            if (device.GetProperty("label").GetString() == CommandLineBuilder.AgentChannel) return device.GetProperty("frontend-open").GetBoolean();
        }

        return null;
    }
}
