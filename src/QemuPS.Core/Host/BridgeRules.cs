using System.Text;
using QemuPS.Devices;

namespace QemuPS.Host;

/// <summary>
/// Which bridges qemu-bridge-helper may put a machine on: bridge.conf with lines <c>allow</c>, <c>deny</c> and
/// <c>include</c>. A bridge that is denied anywhere is denied; without a line that allows it, it is too (qemu-bridge-helper.c of QEMU).
/// </summary>
public sealed record BridgeRules
{
    /// <summary>The file that the helper reads.</summary>
    public const string DefaultFile = "/etc/qemu/bridge.conf";
    private const int DeepestInclude = 8;

    private readonly List<(bool Allows, string Bridge)> _lines = [];

    private BridgeRules()
    {
    }

    /// <summary>Reads the rules of a host; there are none where the file is missing.</summary>
    public static BridgeRules Read(SysfsRoot root)
    {
        ArgumentNullException.ThrowIfNull(root);
        var rules = new BridgeRules();
        rules.Add(root, DefaultFile, 0);
        return rules;
    }

    /// <summary>The helper may put a machine on the bridge.</summary>
    public bool Allow(string bridge) => !_lines.Any(line => !line.Allows && Fits(line.Bridge, bridge)) && _lines.Any(line => line.Allows && Fits(line.Bridge, bridge));

    private static bool Fits(string rule, string bridge) => rule == "all" || rule == bridge;

    private void Add(SysfsRoot root, string file, int depth)
    {
        if (depth > DeepestInclude || root.ReadBytes(file) is not { } bytes) return;
        foreach (var line in Encoding.UTF8.GetString(bytes).Split('\n'))
        {
            var words = line.Split('#')[0].Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
            if (words.Length != 2) continue;
            if (words[0] == "include") Add(root, words[1], depth + 1);
            else if (words[0] is "allow" or "deny") _lines.Add((words[0] == "allow", words[1]));
        }
    }
}
