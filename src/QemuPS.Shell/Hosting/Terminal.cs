namespace QemuPS.Shell.Hosting;

/// <summary>What the three standard streams are connected to, asked once.</summary>
internal sealed class Terminal
{
    private const int FallbackWidth = 120;
    private const int FallbackHeight = 30;

    public bool InputIsTerminal { get; } = !Console.IsInputRedirected;

    public bool OutputIsTerminal { get; } = !Console.IsOutputRedirected;

    public bool ErrorIsTerminal { get; } = !Console.IsErrorRedirected;

    /// <summary>https://no-color.org: any value, even an empty one, turns colours off.</summary>
    public bool ColoursWanted { get; } =
        Environment.GetEnvironmentVariable("NO_COLOR") is null && Environment.GetEnvironmentVariable("TERM") != "dumb";

    public int Width => OutputIsTerminal && Console.WindowWidth > 0 ? Console.WindowWidth : FallbackWidth;

    public int Height => OutputIsTerminal && Console.WindowHeight > 0 ? Console.WindowHeight : FallbackHeight;
}
