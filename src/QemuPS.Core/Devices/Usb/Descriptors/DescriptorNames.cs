using QemuPS.Devices.Names;

namespace QemuPS.Devices.Usb;

/// <summary>Gives the interfaces of parsed descriptors the names that usb.ids has for their classes.</summary>
internal sealed class DescriptorNames(SysfsRoot root)
{
    private readonly IdsFile _names = DeviceNames.Usb(root);

    /// <summary>The same descriptors with names.</summary>
    public UsbDescriptors Add(UsbDescriptors descriptors) => descriptors with
    {
        Configurations = [.. descriptors.Configurations.Select(each => each with { Interfaces = [.. each.Interfaces.Select(Add)] })],
    };

    private UsbInterfaceSetting Add(UsbInterfaceSetting setting) => setting with
    {
        ClassName = _names.Class((int)setting.Class),
        SubClassName = _names.SubClass((int)setting.Class, setting.SubClass),
        ProtocolName = _names.Protocol((int)setting.Class, setting.SubClass, setting.Protocol),
    };
}
