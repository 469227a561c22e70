using QemuPS.Processes;

namespace QemuPS.Machines;

/// <summary>The PCI and mediated devices of the host that the machine shall get, and the memory it has to lock for them.</summary>
internal static class PciPreflight
{
    private const string Category = "Pci";

    public static IEnumerable<PreflightFinding> Examine(PreflightSubject subject)
    {
        if (subject.Definition.PciDevices.Count == 0) yield break;
        var readiness = new VfioReadiness(subject.Host);
        foreach (var device in subject.Definition.PciDevices)
        {
            var name = $"PCI device {device.Id}";
            yield return readiness.FindObstacle(device) is { } obstacle
                ? PreflightFinding.Fail(Category, name, obstacle)
                : PreflightFinding.Pass(Category, name, $"{device} can be given to the machine.");
        }

        yield return LockedMemory(subject.Definition);
    }

    private static PreflightFinding LockedMemory(VmDefinition definition)
    {
        const string name = "Memory lock limit";
        try
        {
            if (!MemoryLockLimit.IsExempt) VfioReadiness.RequireMemory(definition, MemoryLockLimit.Hard);
            return PreflightFinding.Pass(Category, name, "The machine's memory can be locked for its devices.");
        }
        catch (QemuException error)
        {
            return PreflightFinding.Fail(Category, name, error);
        }
    }
}
