using System.Management.Automation;
using QemuPS.Shell;

namespace Microsoft.PowerShell.Commands;

/// <summary><c>Add-Member ScriptProperty X {…}</c> names a kind of member, not a note of that name.</summary>
internal sealed class ValidateNotePropertyNameAttribute : ValidateArgumentsAttribute
{
    protected override void Validate(object arguments, EngineIntrinsics engineIntrinsics)
    {
        if (arguments is string name && Enum.TryParse<PSMemberTypes>(name, ignoreCase: true, out _))
            throw EngineInternals.NotThisParameterSet($"'{name}' is a kind of member, not the name of a note.");
    }
}
