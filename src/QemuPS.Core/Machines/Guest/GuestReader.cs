using System.Globalization;
using System.Text.Json;

namespace QemuPS.Machines;

/// <summary>Asks a guest's agent what it knows of the guest.</summary>
public static class GuestReader
{
    private static readonly string[] Questions = ["guest-get-host-name", "guest-get-osinfo", "guest-get-users", "guest-get-fsinfo", "guest-network-get-interfaces", "guest-get-timezone"];

    /// <summary>Reads it.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="timeout">How long all of it may take.</param>
    /// <param name="feedback">Hears what the agent does not tell.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="QemuException"><see cref="ErrorId.VmNotRunning"/>, <see cref="ErrorId.GuestAgentNotConnected"/>, <see cref="ErrorId.GuestAgentTimeout"/>.</exception>
    public static async Task<QemuGuest> ReadAsync(Machine machine, TimeSpan timeout, IFeedback feedback, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(machine);
        ArgumentNullException.ThrowIfNull(feedback);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(timeout);
        try
        {
            return ToGuest(machine.Name, await AskAsync(machine, timeout, feedback, limit.Token).ConfigureAwait(false));
        }
        catch (OperationCanceledException error) when (!cancellation.IsCancellationRequested)
        {
            throw new QemuException(ErrorId.GuestAgentTimeout, $"The agent in the guest of '{machine.Name}' had not answered all questions within {timeout.TotalSeconds:0.#} s.", inner: error);
        }
    }

    private static async Task<Dictionary<string, JsonElement>> AskAsync(Machine machine, TimeSpan timeout, IFeedback feedback, CancellationToken limit)
    {
        await using var agent = new AgentSession(machine, timeout);
        var answers = new Dictionary<string, JsonElement>(StringComparer.Ordinal) { ["guest-info"] = await agent.ExecuteAsync("guest-info", null, limit).ConfigureAwait(false) };
        foreach (var question in Questions)
        {
            try
            {
                answers[question] = await agent.ExecuteAsync(question, null, limit).ConfigureAwait(false);
            }
            catch (QemuException error) when (error.Id is ErrorId.GuestAgentCommandDisabled or ErrorId.GuestAgentCommandFailed)
            {
                feedback.Verbose($"'{machine.Name}': {error.Message}");
            }
        }

        return answers;
    }

    /// <summary>The agent's answers as an object. An agent is a stranger: what does not look as its documents say is left out.</summary>
    internal static QemuGuest ToGuest(string vmName, IReadOnlyDictionary<string, JsonElement> answers)
    {
        var about = answers["guest-info"];
        var system = answers.GetValueOrDefault("guest-get-osinfo");
        var interfaces = ListOf(answers, "guest-network-get-interfaces", ToInterface);
        return new QemuGuest
        {
            VmName = vmName,
            HostName = answers.GetValueOrDefault("guest-get-host-name").Text("host-name"),
            OsName = system.Text("pretty-name") ?? system.Text("name"),
            Kernel = system.Text("kernel-release"),
            Architecture = system.Text("machine"),
            Users = ListOf(answers, "guest-get-users", ToUser),
            FileSystems = ListOf(answers, "guest-get-fsinfo", ToFileSystem),
            NetworkInterfaces = interfaces,
            IPAddresses = interfaces is null ? null : GuestAddresses.Reachable(interfaces),
            TimeZone = ToTimeZone(answers.GetValueOrDefault("guest-get-timezone")),
            AgentVersion = about.Text("version") ?? "",
            EnabledCommands = [.. about.Items("supported_commands").Where(command => command.Flag("enabled")).Select(command => command.Text("name")).OfType<string>().Order(StringComparer.Ordinal)],
            Raw = answers.ToDictionary(answer => answer.Key, answer => JsonValue.ToObject(answer.Value)),
        };
    }

    internal static QemuGuestNetworkInterface ToInterface(JsonElement element) => new(
        element.Text("name") ?? "",
        element.Text("hardware-address"),
        [.. element.Items("ip-addresses").Where(address => address.Text("ip-address") is not null).Select(address => $"{address.Text("ip-address")}/{address.Number("prefix")}")]);

    private static List<T>? ListOf<T>(IReadOnlyDictionary<string, JsonElement> answers, string question, Func<JsonElement, T> convert) =>
        answers.TryGetValue(question, out var answer) && answer.ValueKind == JsonValueKind.Array ? [.. answer.EnumerateArray().Select(convert)] : null;

    private static QemuGuestUser ToUser(JsonElement element) => new(element.Text("user") ?? "", element.Text("domain"), ToTime(element.Fraction("login-time")));

    private static QemuGuestFileSystem ToFileSystem(JsonElement element) =>
        new(element.Text("mountpoint") ?? "", element.Text("type") ?? "", element.Text("name") ?? "", element.Unsigned("total-bytes"), element.Unsigned("used-bytes"));

    // Seconds since 1970 with a fraction; a guest that says nonsense says nothing.
    private static DateTimeOffset? ToTime(double? seconds) =>
        seconds is >= 0 and < 253402300800 ? DateTimeOffset.UnixEpoch.AddSeconds(seconds.Value).ToLocalTime() : null;

    private static string? ToTimeZone(JsonElement element)
    {
        if (element.Number("offset") is not (>= -86400 and <= 86400 and var seconds)) return element.Text("zone");
        var offset = TimeSpan.FromSeconds(seconds);
        var distance = string.Create(CultureInfo.InvariantCulture, $"{(seconds < 0 ? '-' : '+')}{offset:hh\\:mm}");
        return element.Text("zone") is { } zone ? $"{zone} ({distance})" : distance;
    }
}
