using System.Globalization;

namespace QemuPS.Machines;

/// <summary>How the screen can be seen: on a socket that is this user's alone, or at 127.0.0.1 with a password.</summary>
internal static class DisplayArguments
{
    private const int FirstVncPort = 5900;
    private const int VncPorts = 99;

    /// <summary>The arguments.</summary>
    public static IEnumerable<string> Build(VmDefinition definition, RuntimeFolder folder) => definition.Display switch
    {
        VmDisplay.Vnc => ["-display", "none", "-vnc", Vnc(definition.DisplayPort, folder)],
        VmDisplay.Spice => ["-display", "none", "-spice", Spice(definition.DisplayPort, folder)],
        VmDisplay.Gtk => ["-display", "gtk"],
        _ => ["-display", "none"],
    };

    // With password=on nobody is let in before a password was set over QMP: it is never part of a command line.
    private static string Vnc(int? port, RuntimeFolder folder) => port switch
    {
        null => $"unix:{QemuOption.Escape(folder.DisplaySocket)}",
        0 => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:0,to={VncPorts},password=on"),
        _ => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port - FirstVncPort},password=on"),
    };

    private static string Spice(int? port, RuntimeFolder folder) => port is null
        ? $"unix=on,addr={QemuOption.Escape(folder.DisplaySocket)},disable-ticketing=on"
        : string.Create(CultureInfo.InvariantCulture, $"addr=127.0.0.1,port={port}");
}
