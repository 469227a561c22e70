namespace QemuPS;

/// <summary>One interface of a USB device's active configuration: the part that a driver takes.</summary>
/// <param name="Number">Its number in the configuration, from 0 (sysfs <c>bInterfaceNumber</c>).</param>
/// <param name="AlternateSetting">The setting that is active now, from 0.</param>
/// <param name="Class">What it is for.</param>
/// <param name="SubClass">The subclass, 0 to 255, which the class gives a meaning to.</param>
/// <param name="Protocol">The protocol, 0 to 255, which class and subclass give a meaning to.</param>
/// <param name="ClassName">The class by its full name: <c>Human Interface Device</c>.</param>
/// <param name="Driver">The host's driver that has it; null where none has.</param>
public sealed record UsbInterface(
    int Number,
    int AlternateSetting,
    UsbClass Class,
    int SubClass,
    int Protocol,
    string ClassName,
    string? Driver)
{
    /// <inheritdoc/>
    public override string ToString() => Driver is null ? $"{Number}: {Class}" : $"{Number}: {Class} ({Driver})";
}
