using System.Diagnostics;
using System.Globalization;

namespace QemuPS.Tests.Devices.Descriptors;

/// <summary>Recordings of devices under umockdev-run. .NET hangs under it, so a recording is unpacked to a folder first.</summary>
internal static class Umockdev
{
    public static bool IsHere => File.Exists("/usr/bin/umockdev-run") && File.Exists("/usr/bin/lsusb");

    /// <summary>A recording of one device that has these descriptors.</summary>
    public static string Record(byte[] descriptors, string speed)
    {
        var hex = Convert.ToHexString(descriptors);
        return string.Create(CultureInfo.InvariantCulture, $"""
            P: /devices/pci0000:00/0000:00:14.0/usb1/1-1
            N: bus/usb/001/002={hex}
            E: DEVNAME=/dev/bus/usb/001/002
            E: DEVTYPE=usb_device
            E: BUSNUM=001
            E: DEVNUM=002
            E: MAJOR=189
            E: MINOR=1
            E: SUBSYSTEM=usb
            A: busnum=1
            A: devnum=2
            A: idVendor={descriptors[9]:x2}{descriptors[8]:x2}
            A: idProduct={descriptors[11]:x2}{descriptors[10]:x2}
            A: bDeviceClass={descriptors[4]:x2}
            A: bConfigurationValue=1
            A: speed={speed}
            H: descriptors={hex}


            """);
    }

    /// <summary>Runs a shell command with the recording's devices.</summary>
    public static string Run(string recording, string command)
    {
        var start = new ProcessStartInfo("/usr/bin/umockdev-run", ["-d", recording, "--", "sh", "-c", command]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["LC_ALL"] = "C";
        using var process = Process.Start(start)!;
        process.ErrorDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return output;
    }
}
