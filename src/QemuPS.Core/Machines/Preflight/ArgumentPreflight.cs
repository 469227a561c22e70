namespace QemuPS.Machines;

/// <summary>The definition's own arguments beside those that come from its properties.</summary>
internal static class ArgumentPreflight
{
    private const string Category = "Arguments";

    // They take the machine away from whoever started it: of two pid files or logs QEMU takes the last.
    private static readonly string[] Ours = ["pidfile", "D"];

    private static readonly Dictionary<string, string> Properties = new(StringComparer.Ordinal)
    {
        ["name"] = "the machine's name", ["uuid"] = "id", ["machine"] = "machineType", ["M"] = "machineType", ["accel"] = "accelerator", ["enable-kvm"] = "accelerator", ["cpu"] = "cpuModel",
        ["smp"] = "processorCount", ["m"] = "memoryStartupBytes", ["vga"] = "vga", ["kernel"] = "kernelPath", ["initrd"] = "initrdPath", ["append"] = "kernelCommandLine",
    };

    public static IEnumerable<PreflightFinding> Examine(PreflightSubject subject)
    {
        if (subject.Definition.QemuArgument.Count == 0) yield break;
        var own = new ArgumentList(subject.Definition.QemuArgument);
        var isFine = true;
        foreach (var finding in own.All.Select(Judge).OfType<PreflightFinding>().Concat(DoubledIds(subject.Arguments)))
        {
            isFine = false;
            yield return finding;
        }

        if (isFine) yield return PreflightFinding.Pass(Category, "QemuArgument", "Nothing in it is in the way of what the definition says.");
    }

    private static PreflightFinding? Judge(PlannedOption option)
    {
        if (Ours.Contains(option.Name)) return Refuse(option, $"-{option.Name} in qemuArgument would hide the machine from QemuPS, which gives this option itself.");
        if (option.Name is "machine" or "M" && option["accel"] is not null) return Refuse(option, $"-{option.Name} {option.Text} in qemuArgument names an accelerator beside the definition's, and QEMU takes only one of the two ways.");
        if (UsesTerminal(option)) return Refuse(option, $"-{option.Name} {option.Text}".TrimEnd() + " in qemuArgument needs a terminal, and the machine runs without one.");
        return Properties.TryGetValue(option.Name, out var property)
            ? PreflightFinding.Warning(Category, $"-{option.Name}", $"-{option.Name} in qemuArgument overrides {property} or adds to it.", $"Say it with {property} instead.")
            : null;
    }

    private static PreflightFinding Refuse(PlannedOption option, string why) =>
        PreflightFinding.Fail(Category, $"-{option.Name}", ErrorId.InvalidOption, why, "Take it out of the definition.");

    // A daemon has none: QEMU refuses (chardev/char-stdio.c, ui/curses.c).
    private static bool UsesTerminal(PlannedOption option) => option.Name switch
    {
        "serial" or "parallel" or "monitor" or "qmp" or "chardev" => option[""] is "stdio" or "mon:stdio",
        "display" => option[""] is "curses",
        _ => false,
    };

    // QEMU keeps the ids of each kind of thing apart.
    private static IEnumerable<PreflightFinding> DoubledIds(ArgumentList arguments)
    {
        var named = from option in arguments.All
                    let id = option["id"] ?? option["node-name"]
                    where id is not null && option.Name is "device" or "netdev" or "blockdev" or "chardev" or "object" or "audiodev"
                    group option by (option.Name, id) into same
                    where same.Skip(1).Any()
                    select same.Key;
        return named.Select(key => PreflightFinding.Fail(Category, $"-{key.Name}", ErrorId.InvalidOption, $"Two of the machine's -{key.Name} have the id '{key.id}'.", "Give the one in qemuArgument another id."));
    }
}
