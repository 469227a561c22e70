using System.Diagnostics;

namespace QemuPS.Shell.Tests;

/// <summary>A program that was started, fed and has ended.</summary>
internal sealed record ProgramRun(int ExitCode, string Output, string Error)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    public static string Engine { get; } = Path.Combine(AppContext.BaseDirectory, "qps-shell");

    public static ProgramRun Shell(params string[] arguments) => Start(Engine, arguments);

    public static ProgramRun ShellWithInput(string input, params string[] arguments) => Start(Engine, arguments, input);

    public static ProgramRun Start(
        string program, IEnumerable<string> arguments, string input = "", string? directory = null, IReadOnlyDictionary<string, string?>? environment = null)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = directory ?? Path.GetTempPath(),
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string?>())
            start.Environment[name] = value;

        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        if (!process.WaitForExit(Limit))
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{program} {string.Join(' ', start.ArgumentList)} did not end within {Limit}.");
        }

        return new ProgramRun(process.ExitCode, output.Result, error.Result);
    }
}
