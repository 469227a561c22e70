namespace QemuPS.Disks.Headers;

/// <summary>An image whose header does not say it all, or not in words we know: qemu-img has to be asked.</summary>
/// <param name="reason">Why, to follow "because ".</param>
internal sealed class HeaderInsufficientException(string reason) : Exception(reason);
