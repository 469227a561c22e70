namespace QemuPS.Tests.Machines;

/// <summary>Tests that give this process a runtime folder of their own: there is one XDG_RUNTIME_DIR, so they run one after the other.</summary>
[CollectionDefinition(Name)]
public sealed class RuntimeFolders
{
    public const string Name = "Runtime folders";
}
