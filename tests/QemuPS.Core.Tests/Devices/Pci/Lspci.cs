using System.Diagnostics;
using QemuPS.Devices;

namespace QemuPS.Tests.Devices.Pci;

/// <summary>lspci on a recorded tree: it reads the host's own devices unless it is told another sysfs.</summary>
internal static class Lspci
{
    public const string Program = "/usr/bin/lspci";

    public static bool IsHere => File.Exists(Program);

    /// <summary>The fields of each device, by address; fields that come several times are joined.</summary>
    public static Dictionary<string, Dictionary<string, string>> Fields(SysfsRoot root, string? ids, params string[] options)
    {
        var devices = new Dictionary<string, Dictionary<string, string>>();
        foreach (var block in Run(root, ids, ["-vmmkD", .. options]).Split("\n\n", StringSplitOptions.RemoveEmptyEntries))
        {
            var fields = new Dictionary<string, string>();
            foreach (var line in block.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                var cut = line.IndexOf(':', StringComparison.Ordinal);
                fields[line[..cut]] = line[(cut + 1)..].Trim();
            }

            devices[fields["Slot"]] = fields;
        }

        return devices;
    }

    public static string Run(SysfsRoot root, string? ids, string[] options)
    {
        string[] file = ids is null ? [] : ["-i", ids];
        var start = new ProcessStartInfo(Program, ["-A", "linux-sysfs", "-O", $"sysfs.path={root.Folder}/sys/bus/pci", "-O", "hwdb.disable=1", .. file, .. options]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["LC_ALL"] = "C";
        using var process = Process.Start(start)!;
        process.ErrorDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        return output;
    }
}
