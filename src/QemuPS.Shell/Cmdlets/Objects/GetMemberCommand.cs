using System.Management.Automation;

namespace Microsoft.PowerShell.Commands;

[Cmdlet(VerbsCommon.Get, "Member")]
[OutputType(typeof(MemberDefinition))]
public sealed class GetMemberCommand : PSCmdlet
{
    private readonly HashSet<string> _typesSeen = new(StringComparer.Ordinal);
    private bool _received;

    [Parameter(ValueFromPipeline = true)]
    public PSObject? InputObject { get; set; }

    [Parameter(Position = 0)]
    [ValidateNotNullOrEmpty]
    public string[] Name { get; set; } = ["*"];

    [Parameter]
    [Alias("Type")]
    public PSMemberTypes MemberType { get; set; } = PSMemberTypes.All;

    protected override void ProcessRecord()
    {
        if (InputObject is null)
            return;
        _received = true;
        var typeName = InputObject.TypeNames is [var first, ..] ? first : "<null>";
        if (_typesSeen.Add(typeName))
            WriteMembers(typeName, InputObject.Members.Match("*", PSMemberTypes.All));
    }

    protected override void EndProcessing()
    {
        if (!_received)
        {
            WriteError(new ErrorRecord(
                new InvalidOperationException("You must specify an object for the Get-Member cmdlet."),
                "NoObjectInGetMember", ErrorCategory.CloseError, null));
        }
    }

    private void WriteMembers(string typeName, IEnumerable<PSMemberInfo> members)
    {
        foreach (var name in Name)
            WriteMembers(typeName, members, WildcardPattern.Get(name, WildcardOptions.IgnoreCase));
    }

    private void WriteMembers(string typeName, IEnumerable<PSMemberInfo> members, WildcardPattern name)
    {
        var wanted = members
            .Where(member => MemberType.HasFlag(member.MemberType) && name.IsMatch(member.Name) && !IsAccessor(member))
            .OrderBy(member => member.MemberType.ToString(), StringComparer.OrdinalIgnoreCase)
            .ThenBy(member => member.Name, StringComparer.OrdinalIgnoreCase);
        foreach (var member in wanted)
            WriteObject(new MemberDefinition(typeName, member.Name, member.MemberType, member.ToString()!));
    }

    // get_X and set_X are what the property X is made of.
    private static bool IsAccessor(PSMemberInfo member)
        => member is PSMethodInfo
            && (member.Name.StartsWith("get_", StringComparison.Ordinal) || member.Name.StartsWith("set_", StringComparison.Ordinal));
}
