using System.Management.Automation;
using QemuPS.Binding;
using QemuPS.Devices;
using QemuPS.Devices.Usb;

namespace QemuPS.Commands.Usb;

/// <summary><c>Watch-UsbDevice</c>: shows what happens to USB devices as it happens.</summary>
[Cmdlet(VerbsCommon.Watch, "UsbDevice")]
[OutputType(typeof(UsbDeviceEvent))]
public sealed class WatchUsbDeviceCommand : QemuCommand
{
    /// <summary>Names of devices; wildcards are resolved.</summary>
    [Parameter(Position = 0)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(UsbDeviceCompleter))]
    public string[]? Name { get; set; }

    /// <summary>Vendor numbers in hexadecimal: '046d'.</summary>
    [Parameter]
    [HexIdTransformation]
    [ArgumentCompleter(typeof(UsbDeviceCompleter))]
    public string[]? VendorId { get; set; }

    /// <summary>Product numbers in hexadecimal: 'c31c'.</summary>
    [Parameter]
    [HexIdTransformation]
    [ArgumentCompleter(typeof(UsbDeviceCompleter))]
    public string[]? ProductId { get; set; }

    /// <summary>What to show: Add (plugged in, and its drivers are there), Remove, Change; all of it without.</summary>
    [Parameter]
    public UsbAction[]? Action { get; set; }

    /// <summary>Ends after so many seconds; without it when it is stopped.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue / 1000)]
    public int? Timeout { get; set; }

    /// <inheritdoc/>
    protected override void EndProcessing() => ForItem(SysfsRoot.Variable, () =>
    {
        using var watch = UsbWatch.Begin(SysfsRoot.FromEnvironment());
        WriteVerbose(watch.How);
        Stream((write, cancellation) => WatchAsync(watch, write, cancellation));
    });

    private async Task WatchAsync(UsbWatch watch, Action<object> write, CancellationToken cancellation)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        if (Timeout is { } seconds) end.CancelAfter(TimeSpan.FromSeconds(seconds));
        var patterns = Name is null ? null : Array.ConvertAll(Name, name => WildcardPattern.Get(name, WildcardOptions.IgnoreCase));
        try
        {
            await watch.RunAsync(Show, end.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            // The time is over: that is how it was meant to end.
        }

        void Show(UsbDeviceEvent told)
        {
            var device = told.Device;
            if (Action is not null && !Action.Contains(told.Action)) return;
            if (VendorId is not null && !VendorId.Contains(device.VendorId)) return;
            if (ProductId is not null && !ProductId.Contains(device.ProductId)) return;
            if (patterns is null || Array.Exists(patterns, pattern => pattern.IsMatch(device.Name) || (device.Product is { } product && pattern.IsMatch(product)))) write(told);
        }
    }
}
