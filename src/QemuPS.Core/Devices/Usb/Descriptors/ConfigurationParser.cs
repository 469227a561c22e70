namespace QemuPS.Devices.Usb;

/// <summary>Puts the descriptors of one configuration together: what follows an interface or an endpoint belongs to it.</summary>
internal sealed class ConfigurationParser(DescriptorScale scale, List<string> problems)
{
    private const int InterfaceType = 4;
    private const int EndpointType = 5;
    private const int AssociationType = 11;

    private readonly List<UsbInterfaceAssociation> _associations = [];
    private readonly List<UsbInterfaceSetting> _settings = [];
    private readonly List<UsbDescriptor> _others = [];
    private readonly HashSet<(int, int)> _seen = [];
    private UsbInterfaceSetting? _setting;
    private List<UsbDescriptor> _ofSetting = [];
    private List<UsbEndpoint> _endpoints = [];
    private List<UsbDescriptor>? _ofEndpoint;

    /// <summary>Parses a configuration, which begins with its own descriptor.</summary>
    public UsbConfiguration Parse(ReadOnlySpan<byte> bytes)
    {
        var number = bytes[5];
        var rest = bytes[Math.Min(bytes[0], bytes.Length)..];
        while (rest.Length > 0)
        {
            if (rest.Length < 2 || rest[0] < 2 || rest[0] > rest.Length)
            {
                problems.Add($"Configuration {number}: {rest.Length} byte(s) at its end are no descriptor.");
                Target().Add(DescriptorParser.Remainder(rest));
                break;
            }

            Add(rest[..rest[0]], number);
            rest = rest[rest[0]..];
        }

        EndSetting(number);
        var interfaces = _settings.Select(each => each.Number).Distinct().Count();
        if (interfaces != bytes[4]) problems.Add($"Configuration {number} says it has {bytes[4]} interface(s), and {interfaces} are there.");
        return new UsbConfiguration
        {
            Number = number,
            TotalLength = DescriptorParser.ReadWord(bytes, 2),
            InterfaceCount = bytes[4],
            NameIndex = bytes[6],
            Attributes = bytes[7],
            MaxPowerMilliamperes = bytes[8] * scale.PowerUnit,
            Associations = _associations,
            Interfaces = _settings,
            Others = _others,
        };
    }

    private void Add(ReadOnlySpan<byte> bytes, int configuration)
    {
        switch (bytes[1])
        {
            case InterfaceType when bytes.Length >= 9:
                EndSetting(configuration);
                BeginSetting(bytes, configuration);
                break;
            case EndpointType when bytes.Length >= 7 && _setting is not null:
                AddEndpoint(bytes);
                break;
            case AssociationType when bytes.Length >= 8:
                _associations.Add(new UsbInterfaceAssociation(bytes[2], bytes[3], (UsbClass)bytes[4], bytes[5], bytes[6], bytes[7]));
                break;
            default:
                AddOther(bytes, configuration);
                break;
        }
    }

    private void AddOther(ReadOnlySpan<byte> bytes, int configuration)
    {
        var other = DescriptorParser.Describe(bytes, _setting);
        if (bytes[1] is InterfaceType or EndpointType or AssociationType) problems.Add($"Configuration {configuration}: a descriptor of type {bytes[1]} is too short or stands in the wrong place.");
        else if (other.IsTruncated) problems.Add($"Configuration {configuration}: '{other.Name}' has {other.Length} bytes, fewer than it says it holds.");
        Target().Add(other);
    }

    private void BeginSetting(ReadOnlySpan<byte> bytes, int configuration)
    {
        if (!_seen.Add((bytes[2], bytes[3]))) problems.Add($"Configuration {configuration} has interface {bytes[2]} setting {bytes[3]} more than once.");
        _ofSetting = [];
        _endpoints = [];
        _ofEndpoint = null;
        _setting = new UsbInterfaceSetting
        {
            Number = bytes[2],
            AlternateSetting = bytes[3],
            EndpointCount = bytes[4],
            Class = (UsbClass)bytes[5],
            SubClass = bytes[6],
            Protocol = bytes[7],
            NameIndex = bytes[8],
            ClassDescriptors = _ofSetting,
            Endpoints = _endpoints,
        };
    }

    private void EndSetting(int configuration)
    {
        if (_setting is null) return;
        if (_setting.EndpointCount != _endpoints.Count)
        {
            problems.Add($"Configuration {configuration}: interface {_setting} says it has {_setting.EndpointCount} endpoint(s), and {_endpoints.Count} are there.");
        }

        _settings.Add(_setting);
    }

    private void AddEndpoint(ReadOnlySpan<byte> bytes)
    {
        _ofEndpoint = [];
        var endpoint = new UsbEndpoint
        {
            Address = bytes[2],
            Attributes = bytes[3],
            RawMaxPacketSize = DescriptorParser.ReadWord(bytes, 4),
            Interval = bytes[6],
            Refresh = bytes.Length >= 9 ? bytes[7] : null,
            SynchAddress = bytes.Length >= 9 ? bytes[8] : null,
            ClassDescriptors = _ofEndpoint,
        };
        _endpoints.Add(endpoint with { IntervalMicroseconds = scale.Interval(endpoint.TransferType, endpoint.Interval) });
    }

    private List<UsbDescriptor> Target() => _ofEndpoint ?? (_setting is null ? _others : _ofSetting);
}
