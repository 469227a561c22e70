using System.Globalization;

namespace QemuPS.Processes;

/// <summary>A process that has a port of this host.</summary>
/// <param name="Name">The machine's name where it is a QEMU with a name, else the program's.</param>
/// <param name="ProcessId">Its process id.</param>
public sealed record PortHolder(string Name, int ProcessId)
{
    private const string Listening = "0A";

    /// <summary>Who has a port, at whatever address; null where nobody has it, or this user may not see who.</summary>
    /// <param name="tcp">A TCP port on which somebody listens; otherwise a UDP port.</param>
    /// <param name="port">The port.</param>
    public static PortHolder? Find(bool tcp, int port)
    {
        var files = tcp ? new[] { "/proc/net/tcp", "/proc/net/tcp6" } : ["/proc/net/udp", "/proc/net/udp6"];
        var sockets = files.Where(File.Exists).SelectMany(File.ReadLines).Select(line => InodeOf(line, tcp, port)).OfType<string>().Select(inode => $"socket:[{inode}]").ToHashSet();
        if (sockets.Count == 0) return null;
        foreach (var id in ProcessTable.All())
        {
            if (ProcessTable.HasOpen(id, sockets)) return new PortHolder(NameOf(id), id);
        }

        return null;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Name} (pid {ProcessId})";

    // sl local_address rem_address st tx_queue:rx_queue tr:tm->when retrnsmt uid timeout inode (proc_net(5))
    internal static string? InodeOf(string line, bool tcp, int port)
    {
        var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length < 10 || (tcp && fields[3] != Listening)) return null;
        return fields[1].EndsWith(":" + port.ToString("X4", CultureInfo.InvariantCulture), StringComparison.Ordinal) ? fields[9] : null;
    }

    private static string NameOf(int processId)
    {
        var words = ProcessTable.CommandLine(processId);
        return QemuProcess.NameOf(words) ?? (words.Count > 0 ? Path.GetFileName(words[0]) : "a process");
    }
}
