using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using QemuPS.Disks;

namespace QemuPS.Tests.Machines.CommandLines;

/// <summary>What QEMU makes of a command line: its drives, its devices, its processors, its memory.</summary>
internal sealed partial record MachineFacts(IReadOnlyList<string> Drives, IReadOnlyList<string> Devices, IReadOnlyList<string> Processors, string Memory)
{
    /// <summary>Starts QEMU without letting the guest run, asks, and ends it.</summary>
    public static async Task<MachineFacts> AskAsync(IReadOnlyList<string> arguments, string folder)
    {
        using var qemu = Start(arguments, folder);
        var errors = qemu.StandardError.ReadToEndAsync();
        try
        {
            await ReadAnswerAsync(qemu, errors);
            await ExecuteAsync(qemu, errors, "qmp_capabilities");
            var blocks = await ExecuteAsync(qemu, errors, "query-block");
            var tree = await ExecuteAsync(qemu, errors, "human-monitor-command", """,{"command-line":"info qtree"}""");
            var processors = await ExecuteAsync(qemu, errors, "query-cpus-fast");
            var memory = await ExecuteAsync(qemu, errors, "query-memory-size-summary");
            var model = await ExecuteAsync(qemu, errors, "qom-get", $$""",{"path":{{processors[0].GetProperty("qom-path").GetRawText()}},"property":"type"}""");
            await ExecuteAsync(qemu, errors, "quit");
            await qemu.WaitForExitAsync();
            return new MachineFacts(
                [.. blocks.EnumerateArray().Select(block => Drive(block, folder)).OfType<string>().Order(StringComparer.Ordinal)],
                [.. Device().Matches(tree.GetString()!).Select(match => match.Groups[1].Value).Order(StringComparer.Ordinal)],
                [.. processors.EnumerateArray().Select(cpu => $"{model} {cpu.GetProperty("props")}")],
                memory.ToString());
        }
        finally
        {
            if (!qemu.HasExited) qemu.Kill();
        }
    }

    private static Process Start(IReadOnlyList<string> arguments, string folder)
    {
        var start = new ProcessStartInfo("qemu-system-x86_64")
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = folder,
        };
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        return Process.Start(start)!;
    }

    private static async Task<JsonElement> ExecuteAsync(Process qemu, Task<string> errors, string command, string arguments = "")
    {
        var rest = arguments.Length == 0 ? "" : $",\"arguments\":{arguments[1..]}";
        await qemu.StandardInput.WriteLineAsync($"{{\"execute\":\"{command}\"{rest}}}");
        await qemu.StandardInput.FlushAsync();
        while (true)
        {
            var answer = await ReadAnswerAsync(qemu, errors);
            if (answer.TryGetProperty("return", out var value)) return value;
            if (answer.TryGetProperty("error", out var error)) throw new InvalidOperationException($"{command}: {error}");
        }
    }

    private static async Task<JsonElement> ReadAnswerAsync(Process qemu, Task<string> errors)
    {
        var line = await qemu.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromMinutes(1));
        return line is null ? throw new InvalidOperationException($"QEMU has ended: {await errors}") : JsonDocument.Parse(line).RootElement;
    }

    // Drives without a disc are devices and nothing more.
    private static string? Drive(JsonElement block, string folder)
    {
        if (!block.TryGetProperty("inserted", out var inserted)) return null;
        var file = inserted.GetProperty("file").GetString()!;
        // What is written to goes to a temporary file.
        if (file.StartsWith("json:", StringComparison.Ordinal)) file = inserted.GetProperty("backing_file").GetString()!;
        var path = ImageName.HasProtocol(file) ? file : Path.GetFullPath(file, folder);
        return $"{path} {inserted.GetProperty("drv")}{(inserted.GetProperty("ro").GetBoolean() ? " read-only" : "")}";
    }

    [GeneratedRegex(@"^\s*dev: ([^,]+),", RegexOptions.Multiline)]
    private static partial Regex Device();
}
