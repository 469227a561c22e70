using QemuPS.Devices;

namespace QemuPS.Tests.Devices.Pci;

/// <summary>
/// What a kernel does when its files are written to, on a made-up host: drivers bind and let go, overrides are cleared by
/// a newline and by nothing less, and it answers as the kernel does (drivers/base/bus.c, drivers/base/dd.c,
/// drivers/pci/pci-sysfs.c). It records what was written.
/// </summary>
internal sealed class TestKernel(RecordedHost host) : IKernelWriter
{
    private const int NoFile = 2;
    private const int NoDevice = 19;
    private const string Drivers = "/sys/bus/pci/drivers";

    /// <summary>Which driver takes a device by itself, by the device's address.</summary>
    public Dictionary<string, string> Matches { get; } = [];

    /// <summary>Drivers that fail to take a device, and what they answer.</summary>
    public Dictionary<(string Driver, string Address), int> Refusals { get; } = [];

    /// <summary>Devices whose driver never lets go.</summary>
    public HashSet<string> Stuck { get; } = [];

    /// <summary>Answers to writes, before anything is done: the text, and the end of the path.</summary>
    public Dictionary<(string Path, string Text), int> Answers { get; } = [];

    /// <summary>The drivers that come with a module.</summary>
    public Dictionary<string, string> Modules { get; } = [];

    /// <summary>All that was written: the end of the path, and the text.</summary>
    public List<string> Writes { get; } = [];

    /// <summary>Handles the files of other subsystems; null where it does not know one.</summary>
    public Func<string, string, int?> Others { get; set; } = (_, _) => null;

    private string Folder => host.Root.Folder;

    public async Task<int> WriteAsync(string path, string text, TimeSpan limit, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        Writes.Add($"{path} <- {text.Replace("\n", "\\n", StringComparison.Ordinal)}");
        foreach (var (answer, error) in Answers)
        {
            if (path.EndsWith(answer.Path, StringComparison.Ordinal) && text.Trim() == answer.Text) return error;
        }

        if (path.EndsWith("/unbind", StringComparison.Ordinal) && Stuck.Contains(text)) await Task.Delay(Timeout.Infinite, cancellation).WaitAsync(limit, cancellation);
        return Others(path, text) ?? Act(path, text);
    }

    public Task<string?> LoadModuleAsync(string name, CancellationToken cancellation)
    {
        Writes.Add($"modprobe {name}");
        if (!Modules.TryGetValue(name, out var driver)) return Task.FromResult<string?>($"FATAL: Module {name} not found");
        Directory.CreateDirectory($"{Folder}{Drivers}/{driver}");
        return Task.FromResult<string?>(null);
    }

    private int Act(string path, string text) => Path.GetFileName(path) switch
    {
        "driver_override" => Override(path, text),
        "unbind" => Unbind(Path.GetFileName(Path.GetDirectoryName(path)!), text.Trim()),
        "drivers_probe" => Probe(text.Trim()),
        _ => NoFile,
    };

    // driver_set_override: without a byte there is nothing to do, a newline alone clears.
    private int Override(string path, string text)
    {
        if (!File.Exists(Folder + path)) return NoFile;
        if (text.Length == 0) return 0;
        var name = text.Split('\n')[0];
        File.WriteAllText(Folder + path, (name.Length == 0 ? "(null)" : name) + "\n");
        return 0;
    }

    private int Unbind(string driver, string address)
    {
        if (DriverOf(address) != driver) return NoDevice;
        File.Delete($"{PathOf(address)}/driver");
        File.Delete($"{Folder}{Drivers}/{driver}/{address}");
        return 0;
    }

    private int Probe(string address)
    {
        if (PathOf(address) is not { } path) return NoDevice;
        if (DriverOf(address) is not null) return 0;
        var only = File.ReadAllText($"{path}/driver_override").Trim();
        var driver = only != "(null)" ? only : Matches.GetValueOrDefault(address);
        if (driver is null || !Directory.Exists($"{Folder}{Drivers}/{driver}")) return 0;
        if (Refusals.TryGetValue((driver, address), out var error)) return error;
        // Absolute links start at the recorded host's root.
        File.CreateSymbolicLink($"{path}/driver", $"{Drivers}/{driver}");
        File.CreateSymbolicLink($"{Folder}{Drivers}/{driver}/{address}", path[Folder.Length..]);
        return 0;
    }

    private string? PathOf(string address) => host.Root.Open($"/sys/bus/pci/devices/{address}") is { } folder ? Folder + folder.Path : null;

    private string? DriverOf(string address) => host.Root.Open($"/sys/bus/pci/devices/{address}")?.LinkName("driver");
}
