using System.Management.Automation;
using QemuPS.Machines;

namespace QemuPS.Binding;

/// <summary>Asks before a definition from somewhere else is taken that reaches beyond its machine.</summary>
internal static class Consent
{
    /// <summary>Whether the definition may be taken: it keeps to itself, <c>-Force</c> or <c>-Confirm:$false</c> was given, or the user said yes.</summary>
    /// <param name="command">The cmdlet, which has been told to go on.</param>
    /// <param name="definition">The definition.</param>
    /// <param name="folder">The machine's own folder.</param>
    /// <param name="force">The cmdlet's <c>-Force</c>.</param>
    /// <exception cref="QemuException"><see cref="ErrorId.UntrustedDefinition"/> where nobody can be asked.</exception>
    public static bool MayTake(this PSCmdlet command, VmDefinition definition, string folder, bool force)
    {
        var findings = DefinitionReview.Find(definition, folder);
        if (findings.Count == 0) return true;
        foreach (var finding in findings) command.WriteVerbose($"'{definition.Name}': {finding}");
        if (force || (command.MyInvocation.BoundParameters.TryGetValue("Confirm", out var confirm) && !LanguagePrimitives.IsTrue(confirm))) return true;

        var list = string.Join("\n", findings.Select(finding => $"  - {finding}"));
        return Asking.Ask(
            () => command.ShouldContinue($"The definition of '{definition.Name}' comes from somewhere else and reaches beyond the machine:\n{list}\nTake it as it is?", "Definition from somewhere else"),
            error => new QemuException(
                ErrorId.UntrustedDefinition,
                $"The definition of '{definition.Name}' comes from somewhere else and reaches beyond the machine, and there is nobody to ask:\n{list}",
                "Add -Force when all of this is meant.",
                error));
    }
}
