using System.Diagnostics;
using QemuPS.Devices.Mdev;

namespace QemuPS.Tests.Devices.Mdev;

/// <summary>What is written here is what mdevctl reads, and the other way round. mdevctl knows one folder only: it sees ours there in a mount namespace of its own.</summary>
public sealed class MdevctlTests : IDisposable
{
    private const string Program = "/usr/bin/mdevctl";
    private readonly RecordedHost _host = new();

    public MdevctlTests()
    {
        foreach (var scripts in new[] { "callouts", "notifiers" }) Directory.CreateDirectory($"{_host.Root.Folder}/etc/mdevctl.d/scripts.d/{scripts}");
    }

    private static bool IsHere => File.Exists(Program) && Directory.Exists("/etc/mdevctl.d") && Environment.IsPrivilegedProcess;

    public void Dispose() => _host.Dispose();

    [Fact]
    public void What_is_defined_here_mdevctl_lists_word_for_word()
    {
        if (!IsHere) return;
        var auto = new MdevDefinition(Guid.NewGuid(), "0000:00:02.0", "i915-GVTg_V5_4", true, []);
        var manual = new MdevDefinition(Guid.NewGuid(), "0000:00:02.0", "nvidia-63", false, [("assign_adapter", "5"), ("assign_domain", "0xab")]);
        MdevDefinitions.Save(_host.Root, auto);
        MdevDefinitions.Save(_host.Root, manual);

        var listed = Run("list -d -v");

        Assert.Contains($"{auto.Uuid} 0000:00:02.0 i915-GVTg_V5_4 auto", listed);
        Assert.Contains($"{manual.Uuid} 0000:00:02.0 nvidia-63 manual", listed);
        Assert.Contains("@{0}: {\"assign_adapter\":\"5\"}", listed);
        Assert.Contains("@{1}: {\"assign_domain\":\"0xab\"}", listed);
    }

    [Fact]
    public void What_mdevctl_defines_is_read_here_and_written_as_it_writes_it()
    {
        if (!IsHere) return;
        var uuid = Guid.NewGuid();
        Run($"define -u {uuid} -p 0000:00:02.0 --type nvidia-63 --auto", $"modify -u {uuid} --addattr assign_adapter --value 5");

        var definition = Assert.Single(MdevDefinitions.Read(_host.Root));

        Assert.Equal((uuid, "0000:00:02.0", "nvidia-63", true), (definition.Uuid, definition.Parent, definition.Type, definition.AutoStart));
        Assert.Equal([("assign_adapter", "5")], definition.Attributes);
        Assert.Equal(File.ReadAllBytes($"{_host.Root.Folder}{MdevDefinitions.PathOf(definition.Parent, uuid)}"), MdevDefinitions.Write(definition));
    }

    private string Run(params string[] commands)
    {
        var script = $"mount --bind '{_host.Root.Folder}/etc/mdevctl.d' /etc/mdevctl.d && {string.Join(" && ", commands.Select(command => $"{Program} {command}"))}";
        var start = new ProcessStartInfo("unshare", ["-m", "sh", "-c", script]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, error.Result);
        return output;
    }
}
