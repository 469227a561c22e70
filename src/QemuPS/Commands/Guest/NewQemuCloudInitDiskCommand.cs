using System.Management.Automation;
using System.Security;
using QemuPS.Binding;
using QemuPS.Disks;

namespace QemuPS.Commands.Guest;

/// <summary><c>New-QemuCloudInitDisk</c>: writes what cloud-init reads at a machine's first start.</summary>
[Cmdlet(VerbsCommon.New, "QemuCloudInitDisk", DefaultParameterSetName = "User", SupportsShouldProcess = true)]
[OutputType(typeof(QemuDisk))]
public sealed class NewQemuCloudInitDiskCommand : QemuCommand
{
    /// <summary>The new CD image.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = "";

    /// <summary>The machine's host name.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? HostName { get; set; }

    /// <summary>The user to make, who may use sudo; without it keys and password are for the user that the image's makers thought of.</summary>
    [Parameter(ParameterSetName = "User")]
    [ValidatePattern("^[a-z_][a-z0-9_-]{0,31}$")]
    public string? UserName { get; set; }

    /// <summary>Public keys that may log in: the lines of a .pub or authorized_keys file.</summary>
    [Parameter(ParameterSetName = "User")]
    [ValidateNotNullOrEmpty]
    public string[] SshPublicKey { get; set; } = [];

    /// <summary>The user's password: a SecureString, or a credential whose password it is. The image gets its hash.</summary>
    [Parameter(ParameterSetName = "User")]
    [PassphraseTransformation]
    public SecureString? Password { get; set; }

    /// <summary>Packages to install at the first start.</summary>
    [Parameter(ParameterSetName = "User")]
    [ValidateNotNullOrEmpty]
    public string[] Package { get; set; } = [];

    /// <summary>The whole user-data: a hashtable (cloud-config), text that begins with '#', or the path of a file.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "UserData")]
    [ValidateNotNull]
    public object? UserData { get; set; }

    /// <summary>The whole meta-data: a hashtable, text of several lines, or the path of a file. A new identity and the host name without it.</summary>
    [Parameter]
    [ValidateNotNull]
    public object? MetaData { get; set; }

    /// <summary>The network configuration: a hashtable, text of several lines, or the path of a file.</summary>
    [Parameter]
    [ValidateNotNull]
    public object? NetworkConfig { get; set; }

    /// <summary>Replaces an image that exists.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => ForItem(Path, Create);

    private void Create()
    {
        var path = this.FullPath(Path);
        if (UserData is null && SshPublicKey.Length == 0 && Password is null)
        {
            WriteWarning("Without -SshPublicKey or -Password nobody can log in, unless the image has a user with a password.");
        }

        var seed = this.Seed(path, Guid.NewGuid().ToString(), Parameters()) with { Overwrite = Force };
        if (!ShouldDo($"Write the cloud-init seed '{path}' (label cidata)")) return;
        seed.Write();
        WriteObject(Await((feedback, cancellation) => DiskReader.ReadAsync(path, "raw", feedback, cancellation)));
    }

    private CloudInitParameters Parameters() => new()
    {
        HostName = HostName,
        UserName = UserName,
        SshPublicKey = SshPublicKey,
        Password = Password,
        Package = Package,
        UserData = UserData,
        MetaData = MetaData,
        NetworkConfig = NetworkConfig,
    };
}
