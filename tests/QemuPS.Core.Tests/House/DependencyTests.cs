using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace QemuPS.Tests.House;

/// <summary>docs/design.md: who may know whom inside Core.</summary>
public sealed partial class DependencyTests
{
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Processes"] = [],
        ["Disks"] = ["Processes"],
        ["Qmp"] = ["Processes"],
        ["Devices"] = ["Processes"],
        ["Udev"] = ["Processes", "Devices"],
        ["Host"] = ["Processes", "Devices"],
        ["Machines"] = ["Processes", "Disks", "Qmp", "Devices", "Host", "Udev"],
        ["Interop"] = ["Processes", "Disks", "Qmp", "Devices", "Host", "Udev", "Machines"],
    };

    private static string Core => Path.GetFullPath(Path.Combine(Here(), "../../../src/QemuPS.Core"));

    public static TheoryData<string> Rooms => [.. Directory.GetDirectories(Core).Select(folder => Path.GetFileName(folder)!)];

    [Theory]
    [MemberData(nameof(Rooms))]
    public void A_room_uses_only_the_rooms_below_it(string room)
    {
        var used = Directory.EnumerateFiles(Path.Combine(Core, room), "*.cs", SearchOption.AllDirectories)
            .SelectMany(file => RoomUse().Matches(File.ReadAllText(file)).Select(match => match.Groups["room"].Value))
            .Where(name => Allowed.ContainsKey(name) && name != room)
            .Distinct();

        Assert.Empty(used.Except(Allowed[room]));
    }

    [Fact]
    public void Core_does_not_know_PowerShell()
    {
        var references = typeof(QemuException).Assembly.GetReferencedAssemblies().Select(reference => reference.Name);

        Assert.DoesNotContain("System.Management.Automation", references);
    }

    [Fact]
    public void Only_Processes_uses_CliWrap()
    {
        var users = Directory.EnumerateFiles(Core, "*.cs", SearchOption.AllDirectories)
            .Where(file => File.ReadAllText(file).Contains("using CliWrap", StringComparison.Ordinal))
            .Select(file => Path.GetRelativePath(Core, file).Split('/')[0])
            .Distinct();

        Assert.Equal(["Processes"], users);
    }

    private static string Here([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;

    [GeneratedRegex(@"\bQemuPS\.(?<room>[A-Z]\w+)")]
    private static partial Regex RoomUse();
}
