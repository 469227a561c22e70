using System.Management.Automation;

namespace Microsoft.PowerShell.Commands;

/// <summary><c>Add-Member ScriptProperty X {…}</c> names a kind of member, not a note of that name.</summary>
internal sealed class ValidateNotePropertyNameAttribute : ValidateArgumentsAttribute
{
    protected override void Validate(object arguments, EngineIntrinsics engineIntrinsics)
    {
        if (arguments is string name && Enum.TryParse<PSMemberTypes>(name, ignoreCase: true, out _))
            throw new ValidationMetadataException($"'{name}' is a kind of member. Name a note so with -MemberType NoteProperty -Name {name}.");
    }
}
