using System.Management.Automation;
using System.Management.Automation.Host;

namespace QemuPS.Binding;

/// <summary>Asks a person, where there is one.</summary>
internal static class Asking
{
    /// <summary>The person's answer.</summary>
    /// <param name="question">Asks, by ShouldContinue.</param>
    /// <param name="nobody">The error for a host that has nobody to ask.</param>
    public static bool Ask(Func<bool> question, Func<Exception, QemuException> nobody)
    {
        try
        {
            return question();
        }
        // pwsh reads the answer from its input, and takes the end of that for a line (ConsoleHostUserInterface.PromptForChoice).
        catch (Exception error) when (error is PSInvalidOperationException or HostException or NotImplementedException or NullReferenceException)
        {
            throw nobody(error);
        }
    }
}
