using System.Net.Sockets;
using System.Text.Json;
using QemuPS.Processes;

namespace QemuPS.Machines;

/// <summary>A seat at a machine's serial console.</summary>
public sealed class MachineConsole : IDisposable
{
    private const string SerialPort = "serial0";
    private readonly Socket _socket;

    private MachineConsole(Socket socket) => _socket = socket;

    /// <summary>Takes the seat.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.VmNotRunning"/>, <see cref="ErrorId.VmBusy"/> when somebody else has it,
    /// <see cref="ErrorId.NotSupported"/> when the machine has no serial port of ours.</exception>
    public static async Task<MachineConsole> ConnectAsync(Machine machine, CancellationToken cancellation)
    {
        await RequireFreeAsync(machine, cancellation).ConfigureAwait(false);
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(machine.Folder.SerialSocket), cancellation).ConfigureAwait(false);
            return new MachineConsole(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Carries what is typed at this process's terminal to the guest and back, until the escape key is pressed or the machine ends.</summary>
    /// <param name="escape">The byte of the key that leaves.</param>
    /// <param name="output">Where the guest's bytes go.</param>
    /// <param name="cancellation">Leaves at once.</param>
    /// <returns>Whether the machine ended.</returns>
    /// <exception cref="QemuException"><see cref="ErrorId.NotSupported"/> without a terminal.</exception>
    public bool Run(byte escape, Stream output, CancellationToken cancellation)
    {
        using var terminal = RawTerminal.Take();
        return Exchange(_socket, terminal, escape, output, cancellation);
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    // A character device serves one client; a second one would wait in silence.
    private static async Task RequireFreeAsync(Machine machine, CancellationToken cancellation)
    {
        var ports = await machine.ExecuteAsync("query-chardev", null, Machine.AnswerTimeout, cancellation).ConfigureAwait(false);
        var port = ports.EnumerateArray().FirstOrDefault(port => port.GetProperty("label").GetString() == SerialPort);
        if (port.ValueKind != JsonValueKind.Object) throw new QemuException(ErrorId.NotSupported, $"The machine '{machine.Name}' has no serial port that a terminal can be connected with.");
        if (port.GetProperty("filename").GetString()!.StartsWith("disconnected:", StringComparison.Ordinal)) return;
        throw new QemuException(ErrorId.VmBusy, $"Somebody else is at the console of '{machine.Name}'.");
    }

    private static bool Exchange(Socket socket, RawTerminal terminal, byte escape, Stream output, CancellationToken cancellation)
    {
        using var readiness = new Readiness(terminal.Keyboard, socket.SafeHandle);
        Span<byte> buffer = stackalloc byte[4096];
        while (true)
        {
            var ready = readiness.Wait(cancellation);
            if (ready[1])
            {
                var count = Receive(socket, buffer);
                if (count == 0) return true;
                output.Write(buffer[..count]);
                output.Flush();
            }

            if (ready[0] && !Forward(terminal, socket, escape, buffer)) return false;
        }
    }

    private static int Receive(Socket socket, Span<byte> buffer)
    {
        try
        {
            return socket.Receive(buffer);
        }
        catch (SocketException error) when (error.SocketErrorCode == SocketError.ConnectionReset)
        {
            // QEMU was killed.
            return 0;
        }
    }

    // False when it is time to leave: what was typed before the escape key still goes to the guest.
    private static bool Forward(RawTerminal terminal, Socket socket, byte escape, Span<byte> buffer)
    {
        var typed = buffer[..terminal.Read(buffer)];
        var end = typed.IndexOf(escape);
        var forGuest = end < 0 ? typed : typed[..end];
        while (forGuest.Length > 0) forGuest = forGuest[socket.Send(forGuest)..];
        return typed.Length > 0 && end < 0;
    }
}
