using System.Management.Automation;
using QemuPS.Binding;
using QemuPS.Devices;
using QemuPS.Devices.Usb;
using QemuPS.Udev;

namespace QemuPS.Commands.Udev;

/// <summary><c>Get-UdevRule</c>: shows udev's rules in the order udev reads them.</summary>
[Cmdlet(VerbsCommon.Get, "UdevRule")]
[OutputType(typeof(UdevRule))]
public sealed class GetUdevRuleCommand : QemuCommand
{
    private SysfsRoot? _root;
    private IReadOnlyList<UdevRule> _rules = [];
    private IReadOnlyList<UsbDevice> _plugged = [];

    /// <summary>Devices: shows the rules that count for them, and those that only seem to.</summary>
    [Parameter(ValueFromPipeline = true)]
    [HostDeviceTransformation]
    public object[]? Device { get; set; }

    /// <summary>Rules files; wildcards are resolved. A file outside of udev's folders is read as well.</summary>
    [Parameter(Position = 0)]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(RulesFileCompleter))]
    public string[]? Path { get; set; }

    /// <summary>Shows the rules of the whole system, not only those that New-UdevRule wrote.</summary>
    [Parameter]
    public SwitchParameter All { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing() => ForItem(SysfsRoot.Variable, () =>
    {
        _root = SysfsRoot.FromEnvironment();
        _rules = UdevRules.Read(_root);
        _plugged = UsbDevices.Read(_root);
    });

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (_root is null) return;
        foreach (var device in Device ?? []) Write(UdevRules.ForDevice(_root, _rules, SysfsPathOf(device)).Where(IsInPath));
        if (Device is not null || MyInvocation.ExpectingInput) return;
        var wanted = _rules.Where(rule => Path is not null ? IsInPath(rule) : All || rule.IsManaged).ToList();
        if (Path is null || wanted.Count > 0) Write(wanted);
        else foreach (var path in Path) ForItem(path, () => Write(ReadFile(_root, path)));
    }

    private static string SysfsPathOf(object device) => device is PciDevice pci ? pci.SysfsPath : ((UsbDevice)device).SysfsPath;

    private void Write(IEnumerable<UdevRule> rules) => WriteObject(UdevRules.WithMissingDevices(rules, _plugged), enumerateCollection: true);

    private bool IsInPath(UdevRule rule) => Path is null || Array.Exists(Path, path => Fits(path, rule.Path!) || Fits(path, rule.Order!));

    private static bool Fits(string pattern, string path) => pattern == path || WildcardPattern.Get(pattern, WildcardOptions.None).IsMatch(path);

    private IReadOnlyList<UdevRule> ReadFile(SysfsRoot root, string path)
    {
        var file = GetUnresolvedProviderPathFromPSPath(path);
        if (File.Exists(file)) return UdevRules.ReadFile(new SysfsRoot(), file);
        if (root.Exists(path)) return UdevRules.ReadFile(root, path);
        throw new QemuException(ErrorId.UdevRuleNotFound, $"There is no rules file '{path}'.", "Get-UdevRule -All | Select-Object -Property Path -Unique");
    }
}
