namespace QemuPS.Machines;

/// <summary>An option of QEMU's.</summary>
/// <param name="Name">Its name without the dash.</param>
/// <param name="TakesArgument">A word belongs to it.</param>
/// <param name="Read">What it does to the machine.</param>
/// <param name="Removed">QEMU 7.2 does not know it any more.</param>
internal sealed record QemuOptionInfo(string Name, bool TakesArgument, Action<MachineDraft, GivenOption> Read, bool Removed = false);
