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
        var store = VmStore.Open();
        // The exact name wins, so that "dev" and "Dev" can live side by side; otherwise case does not matter.
        if (IsName(pattern) && store.Contains(pattern)) return [new Machine(store, pattern)];

        var wildcard = WildcardPattern.Get(pattern, WildcardOptions.IgnoreCase);
        var found = store.Names().Where(wildcard.IsMatch).Select(name => new Machine(store, name)).ToList();
        return found.Count > 0 || WildcardPattern.ContainsWildcardCharacters(pattern) ? found : throw store.NotFound(pattern);
    }

    /// <summary>The machine with an id.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.VmNotFound"/></exception>
    public static Machine WithId(Guid id)
    {
        var store = VmStore.Open();
        var name = store.Names().FirstOrDefault(name => store.Load(name).Id == id);
        return name is null ? throw store.NotFound(id.ToString()) : new Machine(store, name);
    }

    private static bool IsName(string text) => text.Length > 0 && !text.Contains('/', StringComparison.Ordinal) && text is not ("." or "..");
}
