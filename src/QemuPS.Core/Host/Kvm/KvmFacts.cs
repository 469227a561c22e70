using QemuPS.Devices;
using QemuPS.Processes;

namespace QemuPS.Host;

/// <summary>What the host says about KVM, without a judgement.</summary>
internal sealed record KvmFacts
{
    public required CpuFacts Cpu { get; init; }

    public required Account Account { get; init; }

    /// <summary>Whose /dev/kvm is; null where there is none.</summary>
    public required FileStatus? Node { get; init; }

    /// <summary>This user may open it, by the kernel's own word.</summary>
    public required bool CanOpen { get; init; }

    /// <summary>What came of a guest in a virtual processor; null on a recorded host.</summary>
    public required KvmVerdict? Verdict { get; init; }

    /// <summary>The modules that make KVM: <c>kvm_intel</c>, <c>kvm_amd</c>; also where they are part of the kernel.</summary>
    public required IReadOnlyList<string> Modules { get; init; }

    /// <summary>Guests can run guests of their own; null where the module does not say.</summary>
    public required bool? IsNested { get; init; }

    public static KvmFacts Read(SysfsRoot root, CpuFacts cpu)
    {
        IReadOnlyList<string> modules = [.. root.List("/sys/module").Where(name => name.StartsWith("kvm_", StringComparison.Ordinal))];
        var verdict = root.IsThisHost ? KvmProbe.Examine() : null;
        return new KvmFacts
        {
            Cpu = cpu,
            Account = Account.Read(root),
            Node = root.Status(KvmProbe.Device),
            CanOpen = verdict?.CanOpen ?? root.CanReadWrite(KvmProbe.Device),
            Verdict = verdict,
            Modules = modules,
            IsNested = modules.Select(module => root.ReadText($"/sys/module/{module}/parameters/nested")).FirstOrDefault(value => value is not null) switch { null => null, var value => value is "Y" or "1" },
        };
    }
}
