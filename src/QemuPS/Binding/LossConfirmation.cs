using System.Management.Automation;

namespace QemuPS.Binding;

/// <summary>Asks before something is lost, in a cmdlet that loses nothing as a rule and does not ask then.</summary>
/// <param name="command">The cmdlet.</param>
internal sealed class LossConfirmation(PSCmdlet command)
{
    private bool _yesToAll;
    private bool _noToAll;

    /// <summary>Whether to go on: <c>-Confirm:$false</c> was given, <c>$ConfirmPreference</c> has had the user asked already or says not to, or the user says yes.</summary>
    /// <param name="action">What would be done and lost.</param>
    /// <exception cref="QemuException"><see cref="ErrorId.ConfirmationNeeded"/> where nobody can be asked.</exception>
    public bool Allows(string action)
    {
        if (command.MyInvocation.BoundParameters.ContainsKey("Confirm") || Preference() != ConfirmImpact.High) return true;
        return Asking.Ask(
            () => command.ShouldContinue($"{action}\nDo this?", "Confirm", ref _yesToAll, ref _noToAll),
            error => new QemuException(ErrorId.ConfirmationNeeded, $"Something would be lost, and there is nobody to ask:\n{action}", "Add -Confirm:$false when this is meant.", error));
    }

    private ConfirmImpact Preference() =>
        LanguagePrimitives.TryConvertTo<ConfirmImpact>(command.SessionState.PSVariable.GetValue("ConfirmPreference"), out var preference) ? preference : ConfirmImpact.High;
}
