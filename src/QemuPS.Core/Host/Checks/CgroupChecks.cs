using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;
using QemuPS.Devices;

namespace QemuPS.Host;

/// <summary>
/// The control groups that can keep a machine in bounds: systemd and libvirt use them, with their verdicts as
/// virt-host-validate gives them (cgroups(7), Documentation/admin-guide/cgroup-v2.rst).
/// </summary>
internal static partial class CgroupChecks
{
    private static readonly string[] Controllers = ["cpu", "cpuacct", "cpuset", "memory", "devices", "blkio"];

    public static IEnumerable<QemuCheck> Run(SysfsRoot root, CheckArea area)
    {
        var available = Available(root);
        return Controllers.Select(controller => available.Contains(controller)
            ? area.Pass($"Cgroup {controller}", "There.")
            : area.Warning($"Cgroup {controller}", "It is not there for this session.", "Mount it, or let systemd delegate it.", Fix(controller)));
    }

    // Since version 2 it is systemd that hands controllers down to a user's sessions.
    private static string Fix(string controller) =>
        $"sudo systemctl set-property user.slice Delegate={(controller is "blkio" ? "io" : controller is "cpuacct" ? "cpu" : controller)}";

    private static HashSet<string> Available(SysfsRoot root)
    {
        var found = new HashSet<string>(StringComparer.Ordinal);
        foreach (var mount in Text(root, "/proc/mounts").Split('\n').Select(line => line.Split(' ')).Where(fields => fields.Length > 3))
        {
            if (mount[2] == "cgroup") found.UnionWith(mount[3].Split(','));
            if (mount[2] == "cgroup2") found.UnionWith(OfUnified(root, mount[1]));
        }

        return found;
    }

    private static IEnumerable<string> OfUnified(SysfsRoot root, string mount)
    {
        var own = Text(root, "/proc/self/cgroup").Split('\n').FirstOrDefault(line => line.StartsWith("0::", StringComparison.Ordinal))?[3..] ?? "/";
        foreach (var controller in Text(root, $"{mount}{own}/cgroup.controllers").Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries))
        {
            yield return controller == "io" ? "blkio" : controller;
            // Version 2 counts the time wherever it limits it.
            if (controller == "cpu") yield return "cpuacct";
        }

        if (root.IsThisHost && CanFilterDevices(mount)) yield return "devices";
    }

    // Version 2 has no controller for devices: a BPF program of the group says what may be opened.
    private static bool CanFilterDevices(string mount)
    {
        const int query = 16;
        const uint ofDevices = 6;
        const int readOnlyFolder = 0x10000;
        using var folder = Open(mount, readOnlyFolder);
        if (folder.IsInvalid) return false;
        var question = new ProgramQuery { Target = (uint)folder.DangerousGetHandle(), Kind = ofDevices };
        return Bpf(RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 280 : 321, query, ref question, Marshal.SizeOf<ProgramQuery>()) == 0;
    }

    private static string Text(SysfsRoot root, string path) => root.ReadBytes(path) is { } bytes ? Encoding.UTF8.GetString(bytes) : "";

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "syscall")]
    private static partial nint Bpf(nint number, int command, ref ProgramQuery query, int size);

    // The part of union bpf_attr for BPF_PROG_QUERY (<linux/bpf.h>).
    [StructLayout(LayoutKind.Sequential)]
    private struct ProgramQuery
    {
        public uint Target;
        public uint Kind;
        public uint QueryFlags;
        public uint AttachFlags;
        public ulong Programs;
        public uint Count;
        public uint Padding;
    }
}
