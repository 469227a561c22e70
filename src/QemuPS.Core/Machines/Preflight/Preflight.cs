namespace QemuPS.Machines;

/// <summary>Looks before a start at what would make it fail.</summary>
public static class Preflight
{
    // In the order in which a person would look. A start stops at the first failure, so what is dear comes late.
    private static readonly Func<PreflightSubject, IEnumerable<PreflightFinding>>[] Checks =
    [
        EmulatorPreflight.Examine,
        DrivePreflight.Examine,
        FilePreflight.Examine,
        UsbPreflight.Examine,
        PciPreflight.Examine,
        PortPreflight.Examine,
        NetworkPreflight.Examine,
        ResourcePreflight.Examine,
        ArgumentPreflight.Examine,
        OverlayPreflight.Examine,
    ];

    // What a start finds out by itself, in the same words, when it gets there.
    private static readonly Func<PreflightSubject, IEnumerable<PreflightFinding>>[] Shown = [RuntimePreflight.Examine, AcceleratorPreflight.Examine];

    /// <summary>Every check, with what was found.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.VmNotFound"/>, <see cref="ErrorId.InvalidDefinition"/></exception>
    public static async Task<IReadOnlyList<QemuCheck>> ExamineAsync(Machine machine, IFeedback feedback, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(machine);
        var definition = machine.Load();
        if (machine.FindProcess() is { } running)
        {
            return [new("Machine", "State", CheckResult.Fail, $"The machine '{machine.Name}' runs already (pid {running}).", "Nothing: it is running.")];
        }

        if (definition.Template) return [PreflightFinding.Fail("Machine", "State", MachineStart.IsTemplate(machine)).Check];
        var subject = await PreflightSubject.ReadAsync(machine, definition, feedback, cancellation).ConfigureAwait(false);
        return await Task.Run(() => Shown.Concat(Checks).SelectMany(check => check(subject)).Select(finding => finding.Check).ToList(), cancellation).ConfigureAwait(false);
    }

    /// <summary>Throws at the first check that fails; what is only worth knowing is said in passing.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="definition">Its definition.</param>
    /// <param name="writesDisks">What the guest writes goes to its disks; that of an ephemeral start goes beside them.</param>
    /// <param name="feedback">Hears of warnings.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="QemuException">The check's words, its id and what helps.</exception>
    internal static async Task RequireAsync(Machine machine, VmDefinition definition, bool writesDisks, IFeedback feedback, CancellationToken cancellation)
    {
        var subject = await PreflightSubject.ReadAsync(machine, definition, feedback, cancellation).ConfigureAwait(false);
        foreach (var finding in Checks.Where(check => writesDisks || check != OverlayPreflight.Examine).SelectMany(check => check(subject)))
        {
            cancellation.ThrowIfCancellationRequested();
            if (finding.IsFailure) throw finding.ToException();
            if (finding.Check.Result == CheckResult.Warning) feedback.Verbose($"{finding.Check.Name}: {finding.Check.Detail}");
        }
    }
}
