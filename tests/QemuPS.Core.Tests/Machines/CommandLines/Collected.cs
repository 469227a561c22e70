namespace QemuPS.Tests.Machines.CommandLines;

/// <summary>Keeps what is said.</summary>
internal sealed class Collected : IFeedback
{
    public List<string> Warnings { get; } = [];

    public List<string> Details { get; } = [];

    public void Verbose(string message) => Details.Add(message);

    public void Warning(string message) => Warnings.Add(message);

    public void Progress(WorkProgress progress)
    {
    }
}
