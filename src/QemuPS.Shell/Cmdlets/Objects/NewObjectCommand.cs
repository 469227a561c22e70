using System.Collections;
using System.Management.Automation;

namespace Microsoft.PowerShell.Commands;

[Cmdlet(VerbsCommon.New, "Object")]
public sealed class NewObjectCommand : PSCmdlet
{
    [Parameter(Mandatory = true, Position = 0)]
    [ValidateTrustedData]
    public string TypeName { get; set; } = string.Empty;

    [Parameter(Position = 1)]
    [Alias("Args")]
    [ValidateTrustedData]
    public object[] ArgumentList { get; set; } = [];

    [Parameter]
    [ValidateTrustedData]
    public IDictionary? Property { get; set; }

    protected override void BeginProcessing()
    {
        var created = PSObject.AsPSObject(Create(ResolveType()));
        foreach (DictionaryEntry entry in Property ?? new Hashtable())
            SetMember(created, LanguagePrimitives.ConvertTo<string>(entry.Key), entry.Value);
        WriteObject(created);
    }

    private Type ResolveType()
    {
        if (LanguagePrimitives.TryConvertTo<Type>(TypeName, out var type))
            return type;
        var error = new PSArgumentException($"Cannot find type [{TypeName}]: verify that the assembly containing this type is loaded.");
        ThrowTerminatingError(new ErrorRecord(error, "TypeNotFound", ErrorCategory.InvalidType, null));
        throw error;
    }

    private PSObject Create(Type type)
    {
        if (type == typeof(PSObject) && ArgumentList.Length == 0)
            return new PSObject();
        try
        {
            // "::new" picks the constructor by the engine's own rules of conversion.
            var created = InvokeCommand.InvokeScript(
                useLocalScope: true, ScriptBlock.Create("param($Type, $Arguments) , $Type::new.Invoke($Arguments)"), null, type, ArgumentList);
            return created[0];
        }
        catch (RuntimeException error)
        {
            ThrowTerminatingError(new ErrorRecord(error.InnerException ?? error, "ConstructorInvokedThrowException", ErrorCategory.InvalidOperation, null));
            throw;
        }
    }

    private void SetMember(PSObject target, string name, object? value)
    {
        if (target.BaseObject is PSCustomObject)
        {
            target.Properties.Add(new PSNoteProperty(name, value));
            return;
        }

        try
        {
            switch (target.Members[name])
            {
                case PSPropertyInfo property: property.Value = value; break;
                case PSMethodInfo method: method.Invoke(value!); break;
                default: throw new InvalidOperationException($"The member \"{name}\" was not found for the specified .NET object.");
            }
        }
        catch (Exception error) when (error is InvalidOperationException or RuntimeException)
        {
            WriteError(new ErrorRecord(error, "SetValueException", ErrorCategory.InvalidData, target));
        }
    }
}
