using System.Collections;
using System.Management.Automation;
using System.Security;
using QemuPS.Binding;
using QemuPS.Disks;

namespace QemuPS.Commands.Disk;

/// <summary><c>Set-QemuDisk</c>: changes a disk image's backing image, its options, or who may write to it.</summary>
[Cmdlet(VerbsCommon.Set, "QemuDisk", DefaultParameterSetName = ByPath, SupportsShouldProcess = true)]
[OutputType(typeof(QemuDisk))]
public sealed class SetQemuDiskCommand : LongDiskCommand
{
    /// <summary>The new backing image; an empty text makes the image stand alone.</summary>
    [Parameter]
    [AllowEmptyString]
    public string? BackingPath { get; set; }

    /// <summary>The new backing image's format by QEMU's name; read from the image without it.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? BackingFormat { get; set; }

    /// <summary>Changes only the name of the backing image: for one that was moved or renamed. A guest reads nonsense where its content is another.</summary>
    [Parameter]
    public SwitchParameter Unsafe { get; set; }

    /// <summary>Options of the format to change, as <c>qemu-img amend -o</c> takes them.</summary>
    [Parameter]
    [ValidateNotNull]
    public Hashtable Option { get; set; } = [];

    /// <summary>Makes the image a template that nobody may write to, or with <c>-Template:$false</c> an ordinary image again.</summary>
    [Parameter]
    public SwitchParameter Template { get; set; }

    /// <summary>What opens an encrypted image: a SecureString, or a credential whose password it is.</summary>
    [Parameter]
    [PassphraseTransformation]
    public SecureString? Passphrase { get; set; }

    /// <summary>Writes the images as they are now.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    private bool ChangesTemplate => MyInvocation.BoundParameters.ContainsKey(nameof(Template));

    /// <inheritdoc/>
    protected override void Process(string path)
    {
        RequireSense();
        // Written to first where it becomes a template, and last where it was one.
        if (ChangesTemplate && !Template) SetTemplate(path);
        if (BackingPath is not null) Rebase(path);
        if (Option.Count > 0) Amend(path);
        if (ChangesTemplate && Template) SetTemplate(path);
        if (PassThru) WriteObject(Await((feedback, cancellation) => DiskReader.ReadAsync(path, null, feedback, cancellation)));
    }

    private void RequireSense()
    {
        if (BackingPath is null && Option.Count == 0 && !ChangesTemplate) throw new QemuException(ErrorId.InvalidOption, "Nothing to change: give -BackingPath, -Option or -Template.");
        if (BackingPath is null && (Unsafe || BackingFormat is not null)) throw new QemuException(ErrorId.InvalidOption, "-Unsafe and -BackingFormat belong to -BackingPath.");
    }

    private void Rebase(string path)
    {
        var request = new RebaseRequest
        {
            Path = path,
            BackingPath = BackingPath!.Length == 0 ? null : this.FullPath(BackingPath),
            BackingFormat = BackingFormat?.ToLowerInvariant(),
            Unsafe = Unsafe,
            Passphrase = Passphrase,
        };
        using var rebase = Await((feedback, cancellation) => DiskRebase.PrepareAsync(request, feedback, cancellation));
        if (ShouldDo(rebase.Description)) Await(rebase.RunAsync);
    }

    private void Amend(string path)
    {
        var options = FormatOptions.From(Option);
        if (ShouldDo(DiskAmendment.Describe(path, options))) Await((feedback, cancellation) => DiskAmendment.AmendAsync(path, options, Passphrase, feedback, cancellation));
    }

    private void SetTemplate(string path)
    {
        if (ShouldDo($"chmod {(Template ? "a-w" : "u+w")} {path}")) DiskAmendment.SetTemplate(path, Template);
    }
}
