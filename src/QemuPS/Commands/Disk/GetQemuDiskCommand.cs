using System.Management.Automation;
using QemuPS.Binding;
using QemuPS.Disks;

namespace QemuPS.Commands.Disk;

/// <summary><c>Get-QemuDisk</c>: describes disk images.</summary>
[Cmdlet(VerbsCommon.Get, "QemuDisk", DefaultParameterSetName = ByPath)]
[OutputType(typeof(QemuDisk))]
public sealed class GetQemuDiskCommand : DiskPathCommand
{
    private const string ByVm = "Vm";

    /// <summary>The name of the type that a disk has as well when its chain was asked for: it is shown as a tree.</summary>
    private const string ChainTypeName = "QemuPS.QemuDisk#Chain";

    /// <summary>The machines whose disks are described: objects, names or ids.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = ByVm)]
    [VmTransformation]
    [ArgumentCompleter(typeof(VmNameCompleter))]
    [ValidateNotNull]
    public QemuVm[] Vm { get; set; } = [];

    /// <summary>Describes the backing images as well, in the property Chain.</summary>
    [Parameter]
    public SwitchParameter BackingChain { get; set; }

    /// <summary>Looks for the overlays of the image, near and far, instead of describing it.</summary>
    [Parameter]
    public SwitchParameter Descendants { get; set; }

    /// <summary>The folders to look for overlays in, with all below them; the image's own folder without it.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] SearchPath { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var image in Vm.SelectMany(vm => vm.Disks).Select(drive => drive.Path).OfType<string>()) ForItem(image, () => Process(image));
        // nbd://host/export is no path; a file of such a name is meant by ./nbd:...
        foreach (var name in Path.Concat(LiteralPath).Where(IsProtocolName)) ForItem(name, () => Process(name));
        Path = [.. Path.Where(path => !IsProtocolName(path))];
        LiteralPath = [.. LiteralPath.Where(path => !IsProtocolName(path))];
        base.ProcessRecord();
    }

    /// <inheritdoc/>
    protected override void Process(string path)
    {
        if (Descendants || SearchPath.Length > 0) WriteDescendants(path);
        else if (BackingChain) WriteChain(path);
        // A header is read in less time than another thread needs to begin.
        else if (DiskReader.TryReadHeader(path, null, out var disk)) WriteObject(disk);
        else WriteObject(Await((feedback, cancellation) => DiskReader.ReadAsync(path, null, feedback, cancellation)));
    }

    private void WriteChain(string path)
    {
        var disk = new PSObject(Await((feedback, cancellation) => DiskReader.ReadChainAsync(path, feedback, cancellation)));
        disk.TypeNames.Insert(0, ChainTypeName);
        WriteObject(disk);
    }

    private void WriteDescendants(string path)
    {
        string[] folders = SearchPath.Length > 0 ? [.. SearchPath.SelectMany(this.MatchingPaths)] : [System.IO.Path.GetDirectoryName(path)!];
        WriteObject(Await((feedback, cancellation) => Task.FromResult(DiskOverlays.In(folders, withSubfolders: true, feedback, cancellation).Of(path))), enumerateCollection: true);
    }

    private bool IsProtocolName(string name) => ImageName.IsKnownProtocol(name) && !File.Exists(this.FullPath(name));
}
