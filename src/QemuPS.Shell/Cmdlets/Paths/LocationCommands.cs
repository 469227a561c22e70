using System.Management.Automation;

namespace Microsoft.PowerShell.Commands;

[Cmdlet(VerbsCommon.Get, "Location")]
[OutputType(typeof(PathInfo), typeof(PathInfoStack))]
public sealed class GetLocationCommand : PSCmdlet
{
    [Parameter]
    public SwitchParameter Stack { get; set; }

    [Parameter]
    public string? StackName { get; set; }

    protected override void ProcessRecord()
        => WriteObject(Stack || StackName is not null ? SessionState.Path.LocationStack(StackName ?? string.Empty) : SessionState.Path.CurrentLocation);
}

[Cmdlet(VerbsCommon.Set, "Location", DefaultParameterSetName = PathSet)]
[OutputType(typeof(PathInfo))]
public sealed class SetLocationCommand : PathCmdlet
{
    [Parameter(Position = 0, ParameterSetName = PathSet, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    public string Path { get; set; } = "~";

    [Parameter(Mandatory = true, ParameterSetName = LiteralPathSet, ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath", "LP")]
    public string LiteralPath { get; set; } = string.Empty;

    [Parameter]
    public SwitchParameter PassThru { get; set; }

    protected override void ProcessRecord() => Attempt(() =>
    {
        var location = SessionState.Path.SetLocation(IsLiteral ? WildcardPattern.Escape(LiteralPath) : Path);
        if (PassThru)
            WriteObject(location);
    });
}

[Cmdlet(VerbsCommon.Push, "Location", DefaultParameterSetName = PathSet)]
[OutputType(typeof(PathInfo))]
public sealed class PushLocationCommand : PathCmdlet
{
    [Parameter(Position = 0, ParameterSetName = PathSet, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    public string? Path { get; set; }

    [Parameter(ParameterSetName = LiteralPathSet, ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath", "LP")]
    public string? LiteralPath { get; set; }

    [Parameter]
    public string StackName { get; set; } = string.Empty;

    [Parameter]
    public SwitchParameter PassThru { get; set; }

    protected override void ProcessRecord() => Attempt(() =>
    {
        SessionState.Path.PushCurrentLocation(StackName);
        var target = LiteralPath is null ? Path : WildcardPattern.Escape(LiteralPath);
        if (target is not null)
            SessionState.Path.SetLocation(target);
        if (PassThru)
            WriteObject(SessionState.Path.CurrentLocation);
    });
}

[Cmdlet(VerbsCommon.Pop, "Location")]
[OutputType(typeof(PathInfo))]
public sealed class PopLocationCommand : PathCmdlet
{
    [Parameter]
    public string StackName { get; set; } = string.Empty;

    [Parameter]
    public SwitchParameter PassThru { get; set; }

    protected override void ProcessRecord() => Attempt(() =>
    {
        var location = SessionState.Path.PopLocation(StackName);
        if (PassThru)
            WriteObject(location);
    });
}
