using System.Management.Automation;
using System.Security;

namespace QemuPS.Binding;

/// <summary>Takes a passphrase as a SecureString, or as a credential, whose password it is. Plain text is refused: it would be in the history.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class PassphraseTransformationAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData) =>
        (inputData is PSObject wrapped ? wrapped.BaseObject : inputData) switch
        {
            null => null,
            SecureString passphrase => passphrase,
            PSCredential credential => credential.Password,
            _ => throw new ArgumentTransformationMetadataException("Give a passphrase as a SecureString (Read-Host -AsSecureString) or a credential (Get-Credential), not as plain text."),
        };
}
