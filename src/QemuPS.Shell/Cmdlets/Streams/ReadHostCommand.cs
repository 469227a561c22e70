using System.Management.Automation;
using System.Management.Automation.Host;
using System.Net;
using System.Security;

namespace Microsoft.PowerShell.Commands;

[Cmdlet(VerbsCommunications.Read, "Host", DefaultParameterSetName = "AsString")]
[OutputType(typeof(string), ParameterSetName = ["AsString"])]
[OutputType(typeof(SecureString), ParameterSetName = ["AsSecureString"])]
public sealed class ReadHostCommand : PSCmdlet
{
    [Parameter(Position = 0, ValueFromRemainingArguments = true)]
    [AllowNull]
    public object? Prompt { get; set; }

    [Parameter(ParameterSetName = "AsSecureString")]
    public SwitchParameter AsSecureString { get; set; }

    [Parameter(ParameterSetName = "AsString")]
    public SwitchParameter MaskInput { get; set; }

    protected override void BeginProcessing()
    {
        var secret = AsSecureString || MaskInput;
        var answer = Prompt is null ? ReadAnswer(secret) : Ask(LanguagePrimitives.ConvertTo<string>(Prompt), secret);
        WriteObject(MaskInput ? new NetworkCredential(string.Empty, (SecureString)answer).Password : answer);
    }

    private object ReadAnswer(bool secret) => secret ? Host.UI.ReadLineAsSecureString() : Host.UI.ReadLine();

    private object Ask(string question, bool secret)
    {
        var field = new FieldDescription(question);
        field.SetParameterType(secret ? typeof(SecureString) : typeof(string));
        return Host.UI.Prompt(string.Empty, string.Empty, [field])[question].BaseObject;
    }
}
