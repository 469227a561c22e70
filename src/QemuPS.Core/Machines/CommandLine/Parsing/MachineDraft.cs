using System.Text.RegularExpressions;

namespace QemuPS.Machines;

/// <summary>A machine while its command line is being read.</summary>
internal sealed class MachineDraft
{
    private readonly List<KeptOption> _kept = [];
    private readonly IFeedback _feedback;

    public MachineDraft(ScriptPaths paths, IFeedback feedback)
    {
        Paths = paths;
        _feedback = feedback;
        Drives = new DriveDraft(this);
        Devices = new DeviceDraft(this);
        Usb = new UsbDraft(this);
        Shares = new ShareDraft(this);
        Network = new NetworkDraft(this);
        Consoles = new ConsoleDraft(this);
    }

    public ScriptPaths Paths { get; }

    public DriveDraft Drives { get; }

    public DeviceDraft Devices { get; }

    public UsbDraft Usb { get; }

    public ShareDraft Shares { get; }

    public NetworkDraft Network { get; }

    public ConsoleDraft Consoles { get; }

    public string? GuestName { get; set; }

    public Guid? Id { get; set; }

    public string MachineType { get; set; } = "pc";

    /// <summary>QEMU's own choice is TCG.</summary>
    public VmAccelerator Accelerator { get; set; } = VmAccelerator.Tcg;

    public bool AcceleratorIsGiven { get; set; }

    public string? CpuModel { get; set; }

    public int ProcessorCount { get; set; } = 1;

    /// <summary>128 MiB is what a PC has where nothing is said (hw/core/machine.c).</summary>
    public ulong MemoryBytes { get; set; } = 128UL << 20;

    public DraftBoot? Boot { get; set; }

    public string? KernelPath { get; set; }

    public string? InitrdPath { get; set; }

    public string? KernelCommandLine { get; set; }

    public VmVga? Vga { get; set; }

    public bool NoDefaults { get; set; }

    public bool IsPc => MachineTypes.IsPc(MachineType);

    /// <summary>A machine that comes with nothing but what is asked for.</summary>
    public bool IsMicrovm => MachineType.StartsWith("microvm", StringComparison.Ordinal);

    /// <summary>What has no property, in the order of the command.</summary>
    public IReadOnlyList<KeptOption> Kept => [.. _kept.OrderBy(kept => kept.Option.Number)];

    /// <summary>The option has no property of its own.</summary>
    public void Keep(GivenOption option)
    {
        var full = Paths.InFull(option);
        _kept.Add(new KeptOption(option, full.Value is null ? [$"-{full.Name}"] : [$"-{full.Name}", full.Value]));
    }

    /// <summary>The option, or what is left of it, is kept in other words.</summary>
    public void KeepInstead(GivenOption option, IReadOnlyList<string> words)
    {
        if (words.Count > 0) _kept.Add(new KeptOption(option, words));
    }

    /// <summary>What is kept speaks of an object by another id.</summary>
    public void RenameKept(string id, string other)
    {
        for (var number = 0; number < _kept.Count; number++) _kept[number] = _kept[number].Rename(id, other);
    }

    /// <summary>The machine's whole memory is one that processes can share, as virtiofs needs it.</summary>
    public bool HasSharedMemory => SharedMemory is not null;

    private (KeptOption Memory, KeptOption Use)? SharedMemory
    {
        get
        {
            foreach (var memory in _kept.Where(kept => kept.Option.Name == "object"))
            {
                var list = memory.Option.List("qom-type");
                if (list.Take("qom-type") is not ("memory-backend-memfd" or "memory-backend-file" or "memory-backend-ram") || list.TakeSwitch("share") != true || list.Take("id") is not { } id) continue;
                if (_kept.Find(kept => kept.Words is ["-machine", var words] && $",{words},".Contains($",memory-backend={id},", StringComparison.Ordinal)) is { } machine) return (memory, machine);
                if (_kept.Where(kept => kept.Option.Name == "numa").ToList() is [{ Words: ["-numa", var node] } only] && node.Split(',').Order(StringComparer.Ordinal).SequenceEqual([$"memdev={id}", "node"])) return (memory, only);
            }

            return null;
        }
    }

    /// <summary>The shared memory is for a property, which brings its own.</summary>
    public void DropSharedMemory()
    {
        if (SharedMemory is not { } shared) return;
        _kept.Remove(shared.Memory);
        _kept.Remove(shared.Use);
        Drop(shared.Memory.Option, "a machine that shares folders by virtiofs has such a memory");
        if (shared.Use.Words[0] != "-machine") return;
        var rest = OptionList.Parse(shared.Use.Words[1], null);
        rest.Take("memory-backend");
        if (!rest.IsEmpty) _kept.Add(shared.Use with { Words = ["-machine", rest.ToString()] });
    }

    /// <summary>The option is for what QemuPS does itself.</summary>
    public void Drop(GivenOption option, string why) => _feedback.Verbose($"{option.Position}: {option} is left out: {why}.");

    public void Warn(string message) => _feedback.Warning(message);

    public void Verbose(string message) => _feedback.Verbose(message);
}

/// <summary>An option that goes to QEMU as it is.</summary>
/// <param name="Option">The option as it was given.</param>
/// <param name="Words">What QEMU gets.</param>
internal sealed record KeptOption(GivenOption Option, IReadOnlyList<string> Words)
{
    /// <summary>The option speaks of an object of that id.</summary>
    public bool Mentions(string id) => Words.Skip(1).Any(word => Parts(word).Any(value => value == id || value.StartsWith(id + ".", StringComparison.Ordinal)));

    /// <summary>The ids that the option itself gives.</summary>
    public IEnumerable<string> Ids => Words.Skip(1).SelectMany(word => DraftGroup.IdsOf(word));

    /// <summary>The option gives a device a place in the boot order.</summary>
    public bool HasBootIndex => Words.Skip(1).Any(word => word.Contains("bootindex", StringComparison.Ordinal));

    /// <summary>The option speaks of an object by another id.</summary>
    public KeptOption Rename(string id, string other)
    {
        // Between the signs that stand around an id in a list and in JSON, alone or before the number of a bus.
        var pattern = $"""(?<=(^|[=:,])"?|:\s*"){Regex.Escape(id)}(?=$|[,".])""";
        return this with { Words = [.. Words.Select((word, number) => number == 0 ? word : Regex.Replace(word, pattern, other))] };
    }

    private static IEnumerable<string> Parts(string word) => DraftGroup.ItemsOf(word)
        .Where(item => item.Key is not ("id" or "node-name"))
        .Select(item => item.Value.StartsWith("chardev:", StringComparison.Ordinal) ? item.Value["chardev:".Length..] : item.Value);
}
