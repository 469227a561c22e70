using System.Management.Automation;
using System.Text.RegularExpressions;

namespace QemuPS.Binding;

/// <summary>What the wait parameters of a cmdlet ask for.</summary>
internal static class WaitRequest
{
    private const int SshPort = 22;
    private static readonly TimeSpan MatchLimit = TimeSpan.FromSeconds(2);

    /// <summary>Puts it together.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.InvalidOption"/> when the target needs another parameter, or has nothing to do with one.</exception>
    public static VmWait Create(VmWaitTarget target, int? port, string? pattern, string[] eventName, bool newText = false)
    {
        // SSH has a port by custom.
        if (target != VmWaitTarget.Ssh) Require(target, VmWaitTarget.Tcp, port is not null, "-Port");
        Require(target, VmWaitTarget.SerialText, pattern is not null, "-Pattern");
        Require(target, VmWaitTarget.QmpEvent, eventName.Length > 0, "-EventName");
        if (newText && target != VmWaitTarget.SerialText) throw new QemuException(ErrorId.InvalidOption, $"-NewText has nothing to do with {target}.");
        var wait = new VmWait(target);
        return target switch
        {
            VmWaitTarget.Tcp => wait with { Port = port!.Value, Description = $"an answer on the guest's TCP port {port}" },
            VmWaitTarget.Ssh => wait with { Port = port ?? SshPort, Description = $"an SSH server on the guest's port {port ?? SshPort}" },
            VmWaitTarget.SerialText => wait with { Pattern = ToRegex(pattern!), NewTextOnly = newText, Description = $"'{pattern}' on its serial port" },
            VmWaitTarget.QmpEvent => wait with { IsEvent = AnyOf(eventName), Description = $"the event {string.Join(" or ", eventName)}" },
            _ => wait,
        };
    }

    /// <summary>A number of seconds as a time limit; without one there is none.</summary>
    public static TimeSpan TimeoutOf(int? seconds) => seconds is { } limit ? TimeSpan.FromSeconds(limit) : Timeout.InfiniteTimeSpan;

    private static void Require(VmWaitTarget target, VmWaitTarget owner, bool given, string parameter)
    {
        if (target == owner && !given) throw new QemuException(ErrorId.InvalidOption, $"To wait for {target}, {parameter} is needed.");
        if (target != owner && given) throw new QemuException(ErrorId.InvalidOption, $"{parameter} has nothing to do with {target}.");
    }

    // As Select-String reads it: case does not matter. What a guest writes is not to keep this process busy.
    private static Regex ToRegex(string pattern)
    {
        const RegexOptions options = RegexOptions.IgnoreCase | RegexOptions.Multiline | RegexOptions.CultureInvariant;
        try
        {
            return new Regex(pattern, options, MatchLimit);
        }
        catch (ArgumentException error)
        {
            throw new QemuException(ErrorId.InvalidOption, $"'{pattern}' is not a regular expression: {error.Message}", inner: error);
        }
    }

    private static Func<string, bool> AnyOf(string[] names)
    {
        var patterns = names.Select(name => WildcardPattern.Get(name, WildcardOptions.IgnoreCase)).ToList();
        return name => patterns.Exists(pattern => pattern.IsMatch(name));
    }
}
