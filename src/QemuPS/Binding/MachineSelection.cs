using System.Management.Automation;
using QemuPS.Machines;

namespace QemuPS.Binding;

/// <summary>Finds machines by what a user typed.</summary>
internal static class MachineSelection
{
    /// <summary>The machines that a name or a pattern stands for.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.VmNotFound"/> when a name without wildcards has no machine.</exception>
    public static IReadOnlyList<Machine> Named(string pattern)
    {
        var found = NamedOrNone(pattern);
        return found.Count > 0 || WildcardPattern.ContainsWildcardCharacters(pattern) ? found : throw VmStore.Open().NotFound(pattern);
    }

    /// <summary>The same, and none where a name has no machine.</summary>
    public static IReadOnlyList<Machine> NamedOrNone(string pattern)
    {
        var store = VmStore.Open();
        // The exact name wins, so that "dev" and "Dev" can live side by side; otherwise case does not matter.
        if (IsName(pattern) && store.Contains(pattern)) return [new Machine(store, pattern)];

        var wildcard = WildcardPattern.Get(pattern, WildcardOptions.IgnoreCase);
        return [.. store.Names().Where(wildcard.IsMatch).Select(name => new Machine(store, name))];
    }

    /// <summary>The machines that a text stands for: a name, a pattern or an id.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.VmNotFound"/></exception>
    public static IReadOnlyList<Machine> NamedOrIdentified(string text) =>
        NamedOrNone(text) is { Count: > 0 } found ? found : Guid.TryParse(text, out var id) ? [WithId(id)] : Named(text);

    /// <summary>The machine with an id. Definitions that are damaged have none.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.VmNotFound"/></exception>
    public static Machine WithId(Guid id)
    {
        var store = VmStore.Open();
        var name = store.Names().FirstOrDefault(name => HasId(store, name, id));
        return name is null ? throw store.NotFound(id.ToString()) : new Machine(store, name);
    }

    private static bool HasId(VmStore store, string name, Guid id)
    {
        try
        {
            return store.Load(name).Id == id;
        }
        catch (QemuException)
        {
            // Whoever asks for that machine by its name hears of it.
            return false;
        }
    }

    private static bool IsName(string text) => text.Length > 0 && !text.Contains('/', StringComparison.Ordinal) && text is not ("." or "..");
}
