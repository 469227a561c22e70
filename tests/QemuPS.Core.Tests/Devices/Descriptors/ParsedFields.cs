using System.Globalization;

namespace QemuPS.Tests.Devices.Descriptors;

/// <summary>Parsed descriptors as the fields they came from, by the names in the specifications and in the order of lsusb.</summary>
internal static class ParsedFields
{
    public static List<ComparedField> Of(UsbDescriptors parsed)
    {
        var fields = new List<ComparedField>();
        if (parsed.Device is { } device) Add(fields, device);
        foreach (var configuration in parsed.Configurations) Add(fields, configuration);
        return fields;
    }

    private static void Add(List<ComparedField> fields, UsbDeviceDescriptor device)
    {
        Add(fields, ("bcdUSB", device.UsbVersion), ("bDeviceClass", Number((int)device.Class)), ("bDeviceSubClass", Number(device.SubClass)),
            ("bDeviceProtocol", Number(device.Protocol)), ("bMaxPacketSize0", Number(device.MaxPacketSize0)), ("idVendor", Hex(device.VendorId)),
            ("idProduct", Hex(device.ProductId)), ("bcdDevice", device.DeviceVersion), ("iManufacturer", Number(device.ManufacturerIndex)),
            ("iProduct", Number(device.ProductIndex)), ("iSerialNumber", Number(device.SerialNumberIndex)), ("bNumConfigurations", Number(device.ConfigurationCount)));
    }

    private static void Add(List<ComparedField> fields, UsbConfiguration configuration)
    {
        Add(fields, ("wTotalLength", Number(configuration.TotalLength)), ("bNumInterfaces", Number(configuration.InterfaceCount)),
            ("bConfigurationValue", Number(configuration.Number)), ("iConfiguration", Number(configuration.NameIndex)),
            ("bmAttributes", Number(configuration.Attributes)), ("MaxPower", Number(configuration.MaxPowerMilliamperes)));
        foreach (var other in configuration.Others) Add(fields, other);
        foreach (var association in configuration.Associations)
        {
            Add(fields, ("bFirstInterface", Number(association.FirstInterface)), ("bInterfaceCount", Number(association.InterfaceCount)),
                ("bFunctionClass", Number((int)association.Class)), ("bFunctionSubClass", Number(association.SubClass)),
                ("bFunctionProtocol", Number(association.Protocol)), ("iFunction", Number(association.NameIndex)));
        }

        foreach (var setting in configuration.Interfaces) Add(fields, setting);
    }

    private static void Add(List<ComparedField> fields, UsbInterfaceSetting setting)
    {
        Add(fields, ("bInterfaceNumber", Number(setting.Number)), ("bAlternateSetting", Number(setting.AlternateSetting)),
            ("bNumEndpoints", Number(setting.EndpointCount)), ("bInterfaceClass", Number((int)setting.Class)),
            ("bInterfaceSubClass", Number(setting.SubClass)), ("bInterfaceProtocol", Number(setting.Protocol)), ("iInterface", Number(setting.NameIndex)));
        foreach (var descriptor in setting.ClassDescriptors) Add(fields, descriptor);
        foreach (var endpoint in setting.Endpoints) Add(fields, endpoint);
    }

    private static void Add(List<ComparedField> fields, UsbEndpoint endpoint)
    {
        Add(fields, ("bEndpointAddress", Number(endpoint.Address)), ("bmAttributes", Number(endpoint.Attributes)),
            ("wMaxPacketSize", Number(endpoint.RawMaxPacketSize)), ("bInterval", Number(endpoint.Interval)));
        if (endpoint.Refresh is { } refresh) Add(fields, ("bRefresh", Number(refresh)), ("bSynchAddress", Number(endpoint.SynchAddress!.Value)));
        foreach (var descriptor in endpoint.ClassDescriptors) Add(fields, descriptor);
    }

    private static void Add(List<ComparedField> fields, UsbDescriptor descriptor)
    {
        // lsusb prints of the companion only how many packets it sends in a row.
        var printed = descriptor.Type == 0x30 ? descriptor.Fields.Take(1) : descriptor.Fields;
        foreach (var field in printed.Where(field => !field.Name.StartsWith("bDescriptorType", StringComparison.Ordinal))) fields.Add(new ComparedField(LsusbLabel(descriptor, field.Name), field.Text));
    }

    private static string LsusbLabel(UsbDescriptor descriptor, string name) => descriptor switch
    {
        { Name: "HID" } => name.Replace("(0)", "", StringComparison.Ordinal),
        { Name: "CDC Union" } => name.Replace("(0)", "", StringComparison.Ordinal),
        { Name: "Device Firmware Upgrade" } => name.Replace("(0)", "", StringComparison.Ordinal),
        _ => name,
    };

    private static void Add(List<ComparedField> fields, params (string Label, string Value)[] added) =>
        fields.AddRange(added.Select(field => new ComparedField(field.Label, field.Value)));

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Hex(string digits) => Number(int.Parse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
}
