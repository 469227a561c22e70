using System.Diagnostics;

namespace QemuPS.Tests.Disks;

/// <summary>How an image is made with the real tools, in a folder of its own.</summary>
/// <param name="Name">The file's name.</param>
/// <param name="Format">Its format.</param>
/// <param name="Commands">The commands; {0} stands for the image's path, {1} for the folder.</param>
public sealed record ImageRecipe(string Name, string Format, params string[] Commands)
{
    /// <summary>Makes the image and returns its path.</summary>
    public string MakeIn(string folder)
    {
        var path = Path.Combine(folder, Name);
        foreach (var command in Commands) Run(folder, string.Format(System.Globalization.CultureInfo.InvariantCulture, command, path, folder));
        return path;
    }

    /// <summary>Runs a command line of words without quotes and returns what it printed.</summary>
    public static string Run(string folder, string command)
    {
        // A space inside of a word is written as one that does not break.
        var words = command.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(word => word.Replace('\u00a0', ' ')).ToArray();
        // The iteration count of a key is measured; on a busy machine the clock of the measurement may be too coarse.
        for (var attempt = 1; ; attempt++)
        {
            var start = new ProcessStartInfo(words[0], words[1..]) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
            using var process = Process.Start(start)!;
            var error = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            if (process.ExitCode == 0) return output;
            if (attempt == 200 || !error.Result.Contains("CPU usage", StringComparison.Ordinal)) throw new InvalidOperationException($"{command}: {error.Result}");
        }
    }

    public override string ToString() => Name;
}
