using System.Management.Automation;

namespace Microsoft.PowerShell.Commands;

[Cmdlet(VerbsCommon.Get, "Alias")]
[OutputType(typeof(AliasInfo))]
public sealed class GetAliasCommand : PSCmdlet
{
    [Parameter(Position = 0, ParameterSetName = "Default", ValueFromPipeline = true)]
    public string[] Name { get; set; } = ["*"];

    [Parameter(Mandatory = true, ParameterSetName = "Definition")]
    public string[] Definition { get; set; } = [];

    protected override void ProcessRecord()
    {
        var aliases = InvokeProvider.ChildItem.Get(["Alias:"], recurse: false, force: false, literalPath: true)
            .Select(alias => (AliasInfo)alias.BaseObject).OrderBy(alias => alias.Name, StringComparer.OrdinalIgnoreCase).ToList();
        foreach (var pattern in ParameterSetName == "Definition" ? Definition : Name)
        {
            var wildcard = WildcardPattern.Get(pattern, WildcardOptions.IgnoreCase);
            var found = aliases.FindAll(alias => wildcard.IsMatch(ParameterSetName == "Definition" ? alias.Definition : alias.Name));
            if (found.Count == 0 && !WildcardPattern.ContainsWildcardCharacters(pattern))
                ReportMissing(pattern);
            WriteObject(found, enumerateCollection: true);
        }
    }

    private void ReportMissing(string name)
    {
        var message = $"This command cannot find a matching alias because an alias with the {ParameterSetName.Replace("Default", "name", StringComparison.Ordinal).ToLowerInvariant()} '{name}' does not exist.";
        WriteError(new ErrorRecord(new ItemNotFoundException(message), "ItemNotFoundException", ErrorCategory.ObjectNotFound, name));
    }
}

[Cmdlet(VerbsCommon.Set, "Alias", SupportsShouldProcess = true)]
[OutputType(typeof(AliasInfo))]
public sealed class SetAliasCommand : PathCmdlet
{
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    public string Name { get; set; } = string.Empty;

    [Parameter(Mandatory = true, Position = 1, ValueFromPipelineByPropertyName = true)]
    public string Value { get; set; } = string.Empty;

    [Parameter]
    public SwitchParameter Force { get; set; }

    [Parameter]
    public SwitchParameter PassThru { get; set; }

    [Parameter]
    [ValidateSet("Global", "Local", "Script")]
    public string? Scope { get; set; }

    protected override void ProcessRecord()
    {
        Attempt(() =>
        {
            var path = Scope is null ? $"Alias:{Name}" : $"Alias:{Scope}:{Name}";
            var alias = InvokeProvider.Item.Set([path], Value, Force, literalPath: true);
            if (PassThru)
                WriteObject(alias, enumerateCollection: true);
        });
    }
}
