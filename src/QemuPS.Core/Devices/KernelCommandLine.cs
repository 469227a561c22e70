using System.Text;

namespace QemuPS.Devices;

/// <summary>The options the kernel was started with (/proc/cmdline, Documentation/admin-guide/kernel-parameters.rst).</summary>
internal sealed class KernelCommandLine
{
    private readonly List<(string Name, string Value)> _options;

    public KernelCommandLine(string text) => _options = [.. Words(text).TakeWhile(word => word != "--").Select(Split)];

    /// <summary>The command line of the running kernel; empty where it cannot be read.</summary>
    public static KernelCommandLine Read(SysfsRoot root) =>
        new(root.ReadBytes("/proc/cmdline") is { } text ? DeviceText.Clean(text) : "");

    /// <summary>What an option is set to, part by part (<c>intel_iommu=on,sm_on</c>), from all the times it is given.</summary>
    public IReadOnlyList<string> Values(string name) =>
        [.. from option in _options where option.Name == name from value in option.Value.Split(',') select value];

    /// <summary>The options with one of the names, as they were written.</summary>
    public IReadOnlyList<string> Written(params string[] names) =>
        [.. from option in _options where names.Contains(option.Name) select option.Value.Length == 0 ? option.Name : $"{option.Name}={option.Value}"];

    // The kernel takes '-' and '_' in names for the same.
    private static (string Name, string Value) Split(string word)
    {
        var cut = word.IndexOf('=', StringComparison.Ordinal);
        var name = cut < 0 ? word : word[..cut];
        return (name.Replace('-', '_'), cut < 0 ? "" : word[(cut + 1)..].Trim('"'));
    }

    private static IEnumerable<string> Words(string text)
    {
        var word = new StringBuilder();
        var quoted = false;
        foreach (var letter in text + " ")
        {
            if (letter == '"') quoted = !quoted;
            if (letter != ' ' || quoted)
            {
                word.Append(letter);
                continue;
            }

            if (word.Length > 0) yield return word.ToString();
            word.Clear();
        }
    }
}
