using QemuPS.Host;

namespace QemuPS.Machines;

/// <summary>What executes the guest's code.</summary>
internal static class AcceleratorPreflight
{
    private const string Category = "Accelerator";
    private const string Name = "Accelerator";

    public static IEnumerable<PreflightFinding> Examine(PreflightSubject subject) =>
        [subject.Definition.Accelerator == VmAccelerator.Tcg ? PreflightFinding.Pass(Category, Name, "TCG, as the definition says.") : Judge(subject.Definition.Accelerator, KvmProbe.Examine())];

    internal static PreflightFinding Judge(VmAccelerator wanted, KvmVerdict kvm) => (kvm.Works, wanted) switch
    {
        (true, _) => PreflightFinding.Pass(Category, Name, "KVM runs guests here."),
        (_, VmAccelerator.Auto) => PreflightFinding.Warning(Category, Name, $"The machine runs with TCG, slowly: {kvm.Reason}.", "See what is in KVM's way.", "Test-KvmEnabled -Detailed"),
        // Asked for by name, it is tried as long as it can be opened: the probe may be wrong about this guest.
        _ when kvm.CanOpen => PreflightFinding.Warning(Category, Name, $"{kvm.Reason}: the guest may stop at once.", "Set the accelerator to Auto or Tcg.", "Test-KvmEnabled -Detailed"),
        _ => PreflightFinding.Fail(Category, Name, ErrorId.KvmUnavailable, $"KVM cannot be used: {kvm.Reason}.", "Set the accelerator to Auto or Tcg, or mend it.", kvm.Fix),
    };
}
