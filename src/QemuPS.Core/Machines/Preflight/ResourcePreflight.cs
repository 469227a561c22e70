using System.Globalization;
using System.Text;

namespace QemuPS.Machines;

/// <summary>Memory and processors.</summary>
internal static class ResourcePreflight
{
    // What QEMU needs besides: its own code and tables, and a display's memory.
    private const ulong Overhead = 128UL << 20;

    public static IEnumerable<PreflightFinding> Examine(PreflightSubject subject)
    {
        yield return Memory(subject);
        yield return Processors(subject);
    }

    private static PreflightFinding Memory(PreflightSubject subject)
    {
        const string category = "Memory";
        const string name = "Memory";
        var wanted = subject.Definition.MemoryStartupBytes;
        if (MemoryFacts.Read(subject.Host) is not { } host) return PreflightFinding.Skipped(category, name, "/proc/meminfo does not tell.");
        if (wanted > host.Allocatable)
        {
            return PreflightFinding.Fail(
                category, name, ErrorId.InsufficientMemory, $"The machine has {SizeText.From(wanted)} of memory, and the kernel gives no program more than {SizeText.From(host.Allocatable)} here.", "Give the machine less.");
        }

        return wanted + Overhead > host.Available
            ? PreflightFinding.Warning(category, name, $"The machine has {SizeText.From(wanted)} of memory, and {SizeText.From(host.Available)} are free: when its guest uses all of it, the host swaps or ends something.", "Stop another machine, or give this one less.")
            : PreflightFinding.Pass(category, name, $"{SizeText.From(wanted)} of {SizeText.From(host.Available)} that are free.");
    }

    private static PreflightFinding Processors(PreflightSubject subject)
    {
        const string category = "Processor";
        const string name = "Processors";
        var wanted = subject.Definition.ProcessorCount;
        var there = Online(subject.Host.ReadText("/sys/devices/system/cpu/online"));
        if (there == 0) return PreflightFinding.Skipped(category, name, "/sys/devices/system/cpu does not tell.");
        return wanted > there
            ? PreflightFinding.Warning(category, name, $"The machine has {wanted} processors and the host {there}: they wait for one another.", "Give the machine fewer.")
            : PreflightFinding.Pass(category, name, $"{wanted} of {there}.");
    }

    /// <summary>How many numbers a list of ranges has: <c>0-3,5</c>.</summary>
    internal static int Online(string? list) => list is null or "" ? 0 : list.Split(',').Sum(range =>
    {
        var ends = range.Split('-').Select(number => int.Parse(number, CultureInfo.InvariantCulture)).ToArray();
        return ends[^1] - ends[0] + 1;
    });

    /// <summary>What the kernel says about memory (Documentation/filesystems/proc.rst, mm/overcommit-accounting.rst).</summary>
    /// <param name="Available">What programs can use without swapping.</param>
    /// <param name="Allocatable">The most that the kernel gives a program at once.</param>
    internal sealed record MemoryFacts(ulong Available, ulong Allocatable)
    {
        private const string Always = "1";
        private const string Never = "2";

        public static MemoryFacts? Read(Devices.SysfsRoot host)
        {
            if (host.ReadBytes("/proc/meminfo") is not { } bytes) return null;
            var lines = Encoding.UTF8.GetString(bytes).Split('\n').Select(line => line.Split([' ', ':'], StringSplitOptions.RemoveEmptyEntries)).Where(fields => fields.Length > 1).ToLookup(fields => fields[0], fields => ulong.Parse(fields[1], CultureInfo.InvariantCulture) << 10);
            ulong Value(string name) => lines[name].FirstOrDefault();
            var most = host.ReadText("/proc/sys/vm/overcommit_memory") switch
            {
                Always => ulong.MaxValue,
                Never => Value("CommitLimit") - Math.Min(Value("CommitLimit"), Value("Committed_AS")),
                _ => Value("MemTotal") + Value("SwapTotal"),
            };
            return new MemoryFacts(Value("MemAvailable"), most);
        }
    }
}
