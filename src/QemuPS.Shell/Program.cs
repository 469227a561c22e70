using QemuPS.Shell.CommandLine;
using QemuPS.Shell.Hosting;

namespace QemuPS.Shell;

internal static class Program
{
    private const int UsageExitCode = 64;

    private static int Main(string[] arguments)
    {
        ShellOptions options;
        try
        {
            options = CommandLineParser.Parse(arguments, Console.IsInputRedirected);
        }
        catch (UsageException error)
        {
            Console.Error.WriteLine(error.Message);
            return UsageExitCode;
        }

        if (options.ShowUsage)
        {
            Console.Out.WriteLine(CommandLineParser.Usage);
            return 0;
        }

        using var session = new ShellSession(options);
        return session.Run();
    }
}
