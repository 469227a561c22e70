using System.Globalization;

namespace QemuPS.Machines;

/// <summary>Options about the machine itself: type, processors, memory, kernel.</summary>
internal static class MachineOptions
{
    private static readonly string[] WithoutPci = ["isapc", "none", "xenpv", "xenfv", "x-remote"];

    private static readonly string[] Topology = ["sockets", "dies", "clusters", "cores", "threads"];

    public static void Machine(MachineDraft draft, GivenOption option)
    {
        var list = option.List("type");
        if (list.Take("type") is { } type) draft.MachineType = TypeOf(option, type);
        if (list.Take("accel") is { } accelerators) draft.Accelerator = AcceleratorOf(option, accelerators.Split(':'));
        if (list.TakeSwitch("usb") is { } usb) draft.Usb.IsWanted = usb;
        if (!list.IsEmpty) draft.KeepInstead(option, ["-machine", list.ToString()]);
    }

    public static void Cpu(MachineDraft draft, GivenOption option) => draft.CpuModel = IsQuestion(option.Argument) ? throw Question(option) : option.Argument;

    public static void Accel(MachineDraft draft, GivenOption option)
    {
        var list = option.List("accel");
        var name = list.Take("accel") ?? throw option.Invalid("no accelerator is named.");
        // More than one -accel: QEMU takes the first that works.
        draft.Accelerator = draft.AcceleratorIsGiven ? VmAccelerator.Auto : AcceleratorOf(option, [name]);
        draft.AcceleratorIsGiven = true;
        if (!list.IsEmpty) draft.Keep(option);
    }

    // hw/core/machine-smp.c: what is not given is computed, and one is enough.
    public static void Smp(MachineDraft draft, GivenOption option)
    {
        var list = option.List("cpus");
        var cpus = Number(option, list.Take("cpus"));
        var topology = OptionList.Parse(list.ToString(), null);
        var product = Topology.Aggregate(1, (total, key) => total * (Number(option, topology.Take(key)) ?? 1));
        var most = Number(option, topology.Take("maxcpus"));
        draft.ProcessorCount = cpus ?? (product > 1 ? product : most ?? 1);
        if (!list.IsEmpty) draft.KeepInstead(option, ["-smp", list.ToString()]);
    }

    public static void Memory(MachineDraft draft, GivenOption option)
    {
        var list = option.List("size");
        if (list.Take("size") is { } size) draft.MemoryBytes = BytesOf(option, size);
        if (!list.IsEmpty) draft.KeepInstead(option, ["-m", list.ToString()]);
    }

    public static void Name(MachineDraft draft, GivenOption option)
    {
        var list = option.List("guest");
        if (list.Take("guest") is { Length: > 0 } name) draft.GuestName = name;
        // The name of a process and of its threads is for looking at a running one.
        list.Take("process");
        list.Take("debug-threads");
        if (!list.IsEmpty) throw option.Invalid($"'{list.Rest[0].Key}' is not known.");
    }

    public static void Uuid(MachineDraft draft, GivenOption option) =>
        draft.Id = Guid.TryParse(option.Argument, out var id) ? id : throw option.Invalid("this is not a UUID.");

    public static void Kernel(MachineDraft draft, GivenOption option) => draft.KernelPath = draft.Paths.OfFile(option.Argument);

    // QEMU takes several files with a comma between them for a multiboot kernel; a definition has one.
    public static void Initrd(MachineDraft draft, GivenOption option)
    {
        if (option.Argument.Contains(',')) throw option.NotSupported("several modules are not supported.");
        draft.InitrdPath = draft.Paths.OfFile(option.Argument);
    }

    public static void Object(MachineDraft draft, GivenOption option)
    {
        if (IsQuestion(option.Argument)) throw Question(option);
        draft.Keep(option);
    }

    public static void Sandbox(MachineDraft draft, GivenOption option)
    {
        if (option.List("enable").TakeSwitch("enable") == true) draft.Drop(option, "QemuPS chooses what QEMU may do");
        else draft.Keep(option);
    }

    /// <summary>The argument asks for a list.</summary>
    public static bool IsQuestion(string argument) => argument is "help" or "?" || argument.EndsWith(",help", StringComparison.Ordinal) || argument.EndsWith(",?", StringComparison.Ordinal);

    /// <summary>The error about a question.</summary>
    public static QemuException Question(GivenOption option) => option.NotSupported("this asks QEMU for a list and makes no machine.");

    private static string TypeOf(GivenOption option, string type)
    {
        if (IsQuestion(type)) throw Question(option);
        if (WithoutPci.Contains(type)) throw option.NotSupported($"machines of the type '{type}' have no PCI bus, and QemuPS puts their devices there.");
        return type;
    }

    private static VmAccelerator AcceleratorOf(GivenOption option, string[] names) => names switch
    {
        ["help" or "?"] => throw Question(option),
        ["kvm"] => VmAccelerator.Kvm,
        ["tcg"] => VmAccelerator.Tcg,
        [.. var several] when several.Length > 1 && several.Contains("tcg") => VmAccelerator.Auto,
        _ => throw option.NotSupported($"the accelerator '{string.Join(':', names)}' is not one of Linux.", "Write accel=kvm or accel=tcg."),
    };

    private static int? Number(GivenOption option, string? text)
    {
        if (text is null) return null;
        return OptionList.Number(text) is > 0 and var number ? number : throw option.Invalid($"'{text}' is not a number.");
    }

    // Without a unit it is MiB; units in either case (qemu_strtosz).
    private static ulong BytesOf(GivenOption option, string text)
    {
        const string units = "BKMGTPE";
        var unit = text.Length > 0 ? units.IndexOf(char.ToUpperInvariant(text[^1]), StringComparison.Ordinal) : -1;
        var number = unit < 0 ? text : text[..^1];
        if (!decimal.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value) || value <= 0) throw option.Invalid($"'{text}' is not a size.");
        const int mebibytes = 2;
        var bytes = value * (1UL << (10 * (unit < 0 ? mebibytes : unit)));
        if (bytes > long.MaxValue) throw option.Invalid($"'{text}' is more than any machine can have.");
        const ulong mebibyte = 1 << 20;
        // A definition counts in MiB; QEMU itself rounds up to 8 KiB.
        return ((ulong)bytes + mebibyte - 1) / mebibyte * mebibyte;
    }
}
