namespace QemuPS.Processes;

/// <summary>The sockets of this host that have a path.</summary>
public static class UnixSockets
{
    private const string Table = "/proc/net/unix";

    // __SO_ACCEPTCON of <linux/net.h>.
    private const string Listening = "00010000";

    // SOCK_DGRAM of <linux/net.h>.
    private const string Datagrams = "0002";

    /// <summary>Somebody takes streams or datagrams at the path. That a file lies there proves nothing: it stays behind.</summary>
    public static bool IsListening(string path) => File.Exists(Table) && File.ReadLines(Table).Any(line => IsListener(line, path));

    // Num: RefCount Protocol Flags Type St Inode Path (proc(5)); a path may have spaces.
    internal static bool IsListener(string line, string path)
    {
        const int columns = 8;
        var fields = line.Split(' ', columns, StringSplitOptions.RemoveEmptyEntries);
        return fields.Length == columns && (fields[3] == Listening || fields[4] == Datagrams) && fields[^1] == path;
    }
}
