namespace QemuPS.Machines;

/// <summary>The short forms of character devices as <c>-chardev</c> takes them (chardev/char.c, qemu_chr_parse_compat).</summary>
internal static class CharacterDevices
{
    private static readonly HashSet<string> Words = new(StringComparer.Ordinal) { "null", "pty", "msmouse", "wctablet", "braille", "testdev" };

    /// <summary>The long form; null where there is none.</summary>
    public static string? LongForm(string device, string id)
    {
        if (Words.Contains(device)) return $"{device},id={id}";
        if (device.StartsWith("/dev/", StringComparison.Ordinal)) return $"serial,id={id},path={QemuOption.Escape(device)}";
        var colon = device.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0) return null;
        var (kind, rest) = (device[..colon], device[(colon + 1)..]);
        return kind switch
        {
            "file" or "pipe" => $"{kind},id={id},path={QemuOption.Escape(rest)}",
            "vc" => $"vc,id={id}",
            "unix" => Socket(id, rest, address => $"path={QemuOption.Escape(address)}"),
            "tcp" => Socket(id, rest, Internet),
            "telnet" => Socket(id, rest, Internet) + ",telnet=on",
            "websocket" => Socket(id, rest, Internet) + ",websocket=on",
            "udp" => Udp(id, rest),
            _ => null,
        };
    }

    private static string Socket(string id, string rest, Func<string, string> address)
    {
        var parts = OptionList.Split(rest).ToList();
        var options = OptionList.Parse(string.Join(',', parts.Skip(1)), null).ToString();
        return $"socket,id={id},{address(parts[0])}{(options.Length == 0 ? "" : ",")}{options}";
    }

    private static string Internet(string address)
    {
        var colon = address.LastIndexOf(':');
        return $"host={(colon <= 0 ? "" : address[..colon])},port={address[(colon + 1)..]}";
    }

    // udp:[REMOTE]:PORT[@[LOCAL]:PORT]
    private static string Udp(string id, string rest)
    {
        var ends = rest.Split('@');
        var local = ends.Length > 1 ? Internet(ends[1]).Replace("host=", "localaddr=", StringComparison.Ordinal).Replace("port=", "localport=", StringComparison.Ordinal) : null;
        return $"udp,id={id},{Internet(ends[0])}{(local is null ? "" : $",{local}")}";
    }
}
