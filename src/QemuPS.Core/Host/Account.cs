using System.Globalization;
using System.Text;
using QemuPS.Devices;
using QemuPS.Processes;

namespace QemuPS.Host;

/// <summary>Who asks, and which groups he is in: by the kernel, and by the system's files.</summary>
internal sealed class Account
{
    private readonly IReadOnlyList<(string Name, uint Id, string[] Members)> _groups;

    private Account(uint userId, string name, IReadOnlySet<uint> effectiveGroups, IReadOnlyList<(string, uint, string[])> groups)
    {
        UserId = userId;
        Name = name;
        EffectiveGroups = effectiveGroups;
        _groups = groups;
    }

    public uint UserId { get; }

    public string Name { get; }

    /// <summary>The groups of this very process. They were fixed when its session began.</summary>
    public IReadOnlySet<uint> EffectiveGroups { get; }

    public bool IsRoot => UserId == 0;

    public static Account Read(SysfsRoot root)
    {
        var id = FileStatus.CurrentUserId;
        var users = Lines(root, "/etc/passwd");
        var name = users.FirstOrDefault(fields => fields.Length > 2 && fields[2] == id.ToString(CultureInfo.InvariantCulture))?[0] ?? Environment.UserName;
        var groups = from fields in Lines(root, "/etc/group")
                     where fields.Length > 3 && uint.TryParse(fields[2], NumberStyles.None, CultureInfo.InvariantCulture, out _)
                     select (fields[0], uint.Parse(fields[2], CultureInfo.InvariantCulture), fields[3].Split(',', StringSplitOptions.RemoveEmptyEntries));
        return new Account(id, name, Effective(root), groups.ToList());
    }

    public string GroupName(uint id) => _groups.FirstOrDefault(group => group.Id == id).Name ?? id.ToString(CultureInfo.InvariantCulture);

    /// <summary>The system's files count this user to the group, whether or not this session began before that.</summary>
    public bool IsListedIn(uint group) => _groups.Any(each => each.Id == group && each.Members.Contains(Name));

    private static HashSet<uint> Effective(SysfsRoot root)
    {
        // Gid: real, effective, saved, file system; Groups: the supplementary ones (proc_pid_status(5)).
        var status = Text(root, "/proc/self/status").Split('\n');
        var own = Numbers(status, "Gid:").Skip(1).Take(1);
        return own.Concat(Numbers(status, "Groups:")).ToHashSet();
    }

    private static IEnumerable<uint> Numbers(string[] status, string key) =>
        (status.FirstOrDefault(line => line.StartsWith(key, StringComparison.Ordinal)) ?? key)[key.Length..]
            .Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries)
            .Select(word => uint.Parse(word, CultureInfo.InvariantCulture));

    private static IEnumerable<string[]> Lines(SysfsRoot root, string path) => Text(root, path).Split('\n').Select(line => line.Split(':'));

    private static string Text(SysfsRoot root, string path) => root.ReadBytes(path) is { } bytes ? Encoding.UTF8.GetString(bytes) : "";
}
