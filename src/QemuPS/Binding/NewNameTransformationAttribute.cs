using System.Management.Automation;

namespace QemuPS.Binding;

/// <summary>Leaves JSON in the pipeline to the parameter for definitions: no name begins as it does.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class NewNameTransformationAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData) =>
        DefinitionTransformationAttribute.IsJson(inputData) ? throw DefinitionTransformationAttribute.NotMine("JSON is no name.") : inputData;
}
