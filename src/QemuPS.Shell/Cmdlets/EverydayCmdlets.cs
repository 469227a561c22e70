using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Reflection;

namespace QemuPS.Shell.Cmdlets;

/// <summary>
/// The engine's own commands and, next to them, every cmdlet of this assembly. The cmdlets carry the full class names
/// they have in pwsh, since a FullyQualifiedErrorId ends with that name and scripts compare it.
/// </summary>
internal static class EverydayCmdlets
{
    public static InitialSessionState CreateSessionState()
    {
        var state = InitialSessionState.CreateDefault2();
        foreach (var type in typeof(EverydayCmdlets).Assembly.GetTypes())
        {
            if (type.GetCustomAttribute<CmdletAttribute>() is { } cmdlet)
                state.Commands.Add(new SessionStateCmdletEntry($"{cmdlet.VerbName}-{cmdlet.NounName}", type, helpFileName: null));
        }

        return state;
    }
}
