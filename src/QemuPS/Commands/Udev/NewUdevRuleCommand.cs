using System.Management.Automation;
using QemuPS.Binding;
using QemuPS.Devices;
using QemuPS.Devices.Usb;
using QemuPS.Processes;
using QemuPS.Udev;

namespace QemuPS.Commands.Udev;

/// <summary><c>New-UdevRule</c>: makes rules that give access to devices.</summary>
[Cmdlet(VerbsCommon.New, "UdevRule", SupportsShouldProcess = true)]
[OutputType(typeof(UdevRule))]
public sealed class NewUdevRuleCommand : QemuCommand
{
    private SysfsRoot? _root;
    private IReadOnlyList<UsbDevice> _plugged = [];
    private bool _warned;
    private bool _isWritten;

    /// <summary>USB devices, or PCI devices: for these the rule is about the node of their IOMMU group.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [HostDeviceTransformation]
    [ValidateNotNull]
    public object[] Device { get; set; } = [];

    /// <summary>By what the rule finds a USB device, besides its vendor and product.</summary>
    [Parameter]
    public UdevMatch Match { get; set; }

    /// <summary>The group that gets access: for users who log in from elsewhere, and for services.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(GroupCompleter))]
    [ValidatePattern("^[a-z_][a-z0-9_-]*$")]
    public string? Group { get; set; }

    /// <summary>The permissions of the device's node, in octal.</summary>
    [Parameter]
    [ValidatePattern("^[0-7]{3,4}$")]
    public string Mode { get; set; } = "0660";

    /// <summary>Whoever sits at this host gets no access by it: only the group does.</summary>
    [Parameter]
    public SwitchParameter NoUaccess { get; set; }

    /// <summary>The file to write; with -Apply '/etc/udev/rules.d/70-qemups-VENDOR-PRODUCT.rules' without it.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Path { get; set; }

    /// <summary>Writes the file, makes udev use it for this device, and looks whether the device can be opened then.</summary>
    [Parameter]
    public SwitchParameter Apply { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing() => ForItem(SysfsRoot.Variable, () =>
    {
        _root = SysfsRoot.FromEnvironment();
        _plugged = UsbDevices.Read(_root);
    });

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (_root is null) return;
        foreach (var device in Device) ForItem(device, () => Make(_root, device));
    }

    private void Make(SysfsRoot root, object device)
    {
        var request = new UdevRuleRequest { Match = Match, Group = Group, Mode = Mode, Uaccess = !NoUaccess };
        var path = Path is null ? null : GetUnresolvedProviderPathFromPSPath(Path);
        var file = device is PciDevice pci ? UdevRuleText.For(root, pci, request, path) : UdevRuleText.For(root, (UsbDevice)device, _plugged, request, path);
        WarnOfSeat();
        foreach (var warning in UdevRules.Check(root, file)) WriteWarning(warning);
        if (!Apply && Path is null)
        {
            WriteObject(file.Rule with { Path = null });
            return;
        }

        if (path is not null && _isWritten) throw new QemuException(ErrorId.InvalidOption, $"'{path}' has the rule of another device: -Path takes one device.", "Leave out -Path: with -Apply each device gets a file of its own.");
        if (!ShouldDo(Describe(file))) return;
        _isWritten = true;
        if (Apply) Await((feedback, cancellation) => UdevApply.ApplyAsync(root, file, feedback, cancellation));
        else UdevApply.Write(file);
        WriteObject(file.Rule);
    }

    private string Describe(UdevRuleFile file)
    {
        var commands = Apply ? $"\nRun: {string.Join("\nRun: ", file.Commands.Select(ShellQuoting.Bash))}" : "";
        return $"Write {file.Path}:\n{file.Rule.Text}{commands}";
    }

    // uaccess is for whoever sits at the host; who logs in from elsewhere is not at a seat.
    private void WarnOfSeat()
    {
        if (_warned || NoUaccess || Group is not null || Environment.GetEnvironmentVariable("SSH_CONNECTION") is not { Length: > 0 }) return;
        _warned = true;
        WriteWarning("You are logged in from elsewhere, and the tag uaccess gives access to whoever sits at this host. Add -Group with a group of yours: New-UdevRule -Group kvm");
    }
}
