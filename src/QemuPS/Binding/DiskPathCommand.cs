using System.Management.Automation;

namespace QemuPS.Binding;

/// <summary>A cmdlet that does something with disk images, given by their paths.</summary>
public abstract class DiskPathCommand : QemuCommand
{
    /// <summary>The parameter set that resolves wildcards.</summary>
    protected const string ByPath = "Path";

    /// <summary>The parameter set that takes each name as it is.</summary>
    protected const string ByLiteralPath = "LiteralPath";

    /// <summary>The image files; wildcards are resolved.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true, ParameterSetName = ByPath)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ImagePathTransformation]
    public string[] Path { get; set; } = [];

    /// <summary>The image files, each name taken as it is.</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = ByLiteralPath)]
    [Alias("PSPath", "FullName", "DiskPath")]
    [ValidateNotNullOrEmpty]
    public string[] LiteralPath { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var path in LiteralPath) ForItem(path, () => Process(this.FullPath(path)));
        foreach (var path in Path)
        {
            ForItem(path, () =>
            {
                foreach (var found in this.MatchingPaths(path)) ForItem(found, () => Process(found));
            });
        }
    }

    /// <summary>Does it with one image.</summary>
    /// <param name="path">The image's full path; whether it is there has not been looked at.</param>
    protected abstract void Process(string path);
}
