using System.Management.Automation;
using QemuPS.Shell;

namespace Microsoft.PowerShell.Commands;

/// <summary>What the variable cmdlets share: finding variables by wildcard in a scope.</summary>
public abstract class VariableCommand : PSCmdlet
{
    /// <summary>The scope a cmdlet is called in, as PowerShell numbers it.</summary>
    protected const string CurrentScope = "0";

    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Scope { get; set; }

    private protected List<PSVariable> Find(string name, string? scope, string[]? include = null, string[]? exclude = null)
    {
        var found = EngineInternals.Variables(SessionState, scope)
            .Where(variable => Matches(variable, name)
                && (include is null or [] || Array.Exists(include, pattern => Matches(variable, pattern)))
                && !Array.Exists(exclude ?? [], pattern => Matches(variable, pattern)))
            .OrderBy(variable => variable.Name, StringComparer.OrdinalIgnoreCase)
            .ToList();
        if (found.Count == 0 && !WildcardPattern.ContainsWildcardCharacters(name))
            ReportMissing(name);
        return found;
    }

    private static bool Matches(PSVariable variable, string pattern)
        => WildcardPattern.Get(pattern, WildcardOptions.IgnoreCase).IsMatch(variable.Name);

    private void ReportMissing(string name)
        => WriteError(new ErrorRecord(
            new ItemNotFoundException($"Cannot find a variable with the name '{name}'."), "VariableNotFound", ErrorCategory.ObjectNotFound, name));
}
