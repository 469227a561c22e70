using System.Management.Automation;
using QemuPS.Machines;

namespace QemuPS.Binding;

/// <summary>Lets a definition through and nothing else: PowerShell would make one of any object that has a Name.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class DefinitionObjectTransformationAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData) =>
        (inputData is PSObject wrapped ? wrapped.BaseObject : inputData) is null or VmDefinition
            ? inputData
            : throw DefinitionTransformationAttribute.NotMine($"'{inputData}' is no definition.");
}
