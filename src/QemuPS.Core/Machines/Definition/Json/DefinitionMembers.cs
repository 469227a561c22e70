using static QemuPS.Machines.JsonKinds;

namespace QemuPS.Machines;

/// <summary>
/// The members of a definition's document, in the order they are written. A member of a record that has no line here is
/// not kept; a test compares records, these lines and the schema.
/// </summary>
internal static class DefinitionMembers
{
    public static JsonRecord<VmDrive> Drive { get; } =
        new JsonRecord<VmDrive>(() => new VmDrive { Id = "" }, drive => drive.Unknown, (drive, others) => drive with { Unknown = others })
            .With("id", Text, drive => drive.Id, (drive, value) => drive with { Id = value })
            .With("kind", Word<VmDriveKind>(), drive => drive.Kind, (drive, value) => drive with { Kind = value })
            .WithOptional("path", Text, drive => drive.Path, (drive, value) => drive with { Path = value })
            .With("format", Text, drive => drive.Format, (drive, value) => drive with { Format = value })
            .With("bus", Word<VmDiskBus>(), drive => drive.Bus, (drive, value) => drive with { Bus = value })
            .With("readOnly", Flag, drive => drive.ReadOnly, (drive, value) => drive with { ReadOnly = value })
            .WithOptional("serial", Text, drive => drive.Serial, (drive, value) => drive with { Serial = value })
            .WithOptionalValue("bootIndex", Integer, drive => drive.BootIndex, (drive, value) => drive with { BootIndex = value })
            .WithOptionalValue("cache", Word<VmDiskCache>(), drive => drive.Cache, (drive, value) => drive with { Cache = value })
            .WithOptionalValue("discard", Word<VmDiskDiscard>(), drive => drive.Discard, (drive, value) => drive with { Discard = value })
            .WithOptionalValue("writeError", Word<VmDiskErrorAction>(), drive => drive.WriteError, (drive, value) => drive with { WriteError = value })
            .WithOptionalValue("maximumIops", Size, drive => drive.MaximumIops, (drive, value) => drive with { MaximumIops = value })
            .WithOptionalValue("maximumBytesPerSecond", Size, drive => drive.MaximumBytesPerSecond, (drive, value) => drive with { MaximumBytesPerSecond = value })
            .WithOptionalValue("warnAtPercent", Integer, drive => drive.WarnAtPercent, (drive, value) => drive with { WarnAtPercent = value })
            .With("hotpluggable", Flag, drive => drive.Hotpluggable, (drive, value) => drive with { Hotpluggable = value });

    public static JsonRecord<VmPortForward> PortForward { get; } =
        new JsonRecord<VmPortForward>(() => new VmPortForward(0, 0), forward => forward.Unknown, (forward, others) => forward with { Unknown = others })
            .With("hostPort", Integer, forward => forward.HostPort, (forward, value) => forward with { HostPort = value })
            .With("guestPort", Integer, forward => forward.GuestPort, (forward, value) => forward with { GuestPort = value })
            .With("protocol", Word<VmPortProtocol>(), forward => forward.Protocol, (forward, value) => forward with { Protocol = value })
            .With("hostAddress", Text, forward => forward.HostAddress, (forward, value) => forward with { HostAddress = value });

    public static JsonRecord<VmNetworkAdapter> NetworkAdapter { get; } =
        new JsonRecord<VmNetworkAdapter>(() => new VmNetworkAdapter { Id = "", MacAddress = "" }, adapter => adapter.Unknown, (adapter, others) => adapter with { Unknown = others })
            .With("id", Text, adapter => adapter.Id, (adapter, value) => adapter with { Id = value })
            .With("model", Text, adapter => adapter.Model, (adapter, value) => adapter with { Model = value })
            .With("macAddress", Text, adapter => adapter.MacAddress, (adapter, value) => adapter with { MacAddress = value })
            .With("network", Word<VmNetwork>(), adapter => adapter.Network, (adapter, value) => adapter with { Network = value })
            .WithOptional("bridge", Text, adapter => adapter.Bridge, (adapter, value) => adapter with { Bridge = value })
            .WithOptional("tapName", Text, adapter => adapter.TapName, (adapter, value) => adapter with { TapName = value })
            .WithOptional("localEndpoint", Text, adapter => adapter.LocalEndpoint, (adapter, value) => adapter with { LocalEndpoint = value })
            .WithOptional("remoteEndpoint", Text, adapter => adapter.RemoteEndpoint, (adapter, value) => adapter with { RemoteEndpoint = value })
            .With("restricted", Flag, adapter => adapter.Restricted, (adapter, value) => adapter with { Restricted = value })
            .With("linkState", Word<VmLinkState>(), adapter => adapter.LinkState, (adapter, value) => adapter with { LinkState = value })
            .WithOptional("capturePath", Text, adapter => adapter.CapturePath, (adapter, value) => adapter with { CapturePath = value })
            .With("hotpluggable", Flag, adapter => adapter.Hotpluggable, (adapter, value) => adapter with { Hotpluggable = value })
            .WithOptional("port", Text, adapter => adapter.Port, (adapter, value) => adapter with { Port = value })
            .WithOptional("networkAddress", Text, adapter => adapter.NetworkAddress, (adapter, value) => adapter with { NetworkAddress = value })
            .WithOptional("dhcpStart", Text, adapter => adapter.DhcpStart, (adapter, value) => adapter with { DhcpStart = value })
            .With("portForwards", ListOf(PortForward.Kind), adapter => adapter.PortForwards, (adapter, value) => adapter with { PortForwards = value });

    public static JsonRecord<UsbMatch> UsbMatch { get; } =
        new JsonRecord<UsbMatch>(() => new UsbMatch { IdentifyBy = UsbIdentifyBy.VendorProduct }, match => match.Unknown, (match, others) => match with { Unknown = others })
            .With("identifyBy", Word<UsbIdentifyBy>(), match => match.IdentifyBy, (match, value) => match with { IdentifyBy = value })
            .WithOptional("vendorId", Text, match => match.VendorId, (match, value) => match with { VendorId = value })
            .WithOptional("productId", Text, match => match.ProductId, (match, value) => match with { ProductId = value })
            .WithOptional("serialNumber", Text, match => match.SerialNumber, (match, value) => match with { SerialNumber = value })
            .WithOptionalValue("busNumber", Integer, match => match.BusNumber, (match, value) => match with { BusNumber = value })
            .WithOptional("port", Text, match => match.Port, (match, value) => match with { Port = value })
            .WithOptional("peerBusId", Text, match => match.PeerBusId, (match, value) => match with { PeerBusId = value })
            .WithOptionalValue("deviceNumber", Integer, match => match.DeviceNumber, (match, value) => match with { DeviceNumber = value });

    public static JsonRecord<VmUsbDevice> UsbDevice { get; } =
        new JsonRecord<VmUsbDevice>(
            () => new VmUsbDevice { Id = "", Match = new UsbMatch { IdentifyBy = UsbIdentifyBy.VendorProduct } }, device => device.Unknown, (device, others) => device with { Unknown = others })
            .With("id", Text, device => device.Id, (device, value) => device with { Id = value })
            .WithOptional("name", Text, device => device.Name, (device, value) => device with { Name = value })
            .With("match", UsbMatch.Kind, device => device.Match, (device, value) => device with { Match = value })
            .With("optional", Flag, device => device.Optional, (device, value) => device with { Optional = value })
            .With("noGuestReset", Flag, device => device.NoGuestReset, (device, value) => device with { NoGuestReset = value })
            .WithOptional("capturePath", Text, device => device.CapturePath, (device, value) => device with { CapturePath = value });

    public static JsonRecord<VmFirmware> Firmware { get; } =
        new JsonRecord<VmFirmware>(
            () => new VmFirmware { CodePath = "", VarsPath = "", VarsTemplatePath = "" }, firmware => firmware.Unknown, (firmware, others) => firmware with { Unknown = others })
            .With("codePath", Text, firmware => firmware.CodePath, (firmware, value) => firmware with { CodePath = value })
            .With("codeFormat", Text, firmware => firmware.CodeFormat, (firmware, value) => firmware with { CodeFormat = value })
            .With("varsPath", Text, firmware => firmware.VarsPath, (firmware, value) => firmware with { VarsPath = value })
            .With("varsFormat", Text, firmware => firmware.VarsFormat, (firmware, value) => firmware with { VarsFormat = value })
            .With("varsTemplatePath", Text, firmware => firmware.VarsTemplatePath, (firmware, value) => firmware with { VarsTemplatePath = value })
            .With("varsTemplateFormat", Text, firmware => firmware.VarsTemplateFormat, (firmware, value) => firmware with { VarsTemplateFormat = value })
            .With("secureBoot", Flag, firmware => firmware.SecureBoot, (firmware, value) => firmware with { SecureBoot = value })
            .With("requiresSmm", Flag, firmware => firmware.RequiresSmm, (firmware, value) => firmware with { RequiresSmm = value });

    public static JsonRecord<VmPciDevice> PciDevice { get; } =
        new JsonRecord<VmPciDevice>(() => new VmPciDevice { Id = "" }, device => device.Unknown, (device, others) => device with { Unknown = others })
            .With("id", Text, device => device.Id, (device, value) => device with { Id = value })
            .WithOptional("name", Text, device => device.Name, (device, value) => device with { Name = value })
            .WithOptional("address", Text, device => device.Address, (device, value) => device with { Address = value })
            .WithOptional("deviceId", Text, device => device.DeviceId, (device, value) => device with { DeviceId = value })
            .WithOptionalValue("uuid", Identity, device => device.Uuid, (device, value) => device with { Uuid = value })
            .WithOptional("romPath", Text, device => device.RomPath, (device, value) => device with { RomPath = value })
            .With("noRom", Flag, device => device.NoRom, (device, value) => device with { NoRom = value })
            .With("primaryGpu", Flag, device => device.PrimaryGpu, (device, value) => device with { PrimaryGpu = value });

    public static JsonRecord<VmSharedFolder> SharedFolder { get; } =
        new JsonRecord<VmSharedFolder>(() => new VmSharedFolder { Id = "", Tag = "", Path = "" }, share => share.Unknown, (share, others) => share with { Unknown = others })
            .With("id", Text, share => share.Id, (share, value) => share with { Id = value })
            .With("tag", Text, share => share.Tag, (share, value) => share with { Tag = value })
            .With("path", Text, share => share.Path, (share, value) => share with { Path = value })
            .With("type", Word<VmSharedFolderType>(), share => share.Type, (share, value) => share with { Type = value })
            .With("readOnly", Flag, share => share.ReadOnly, (share, value) => share with { ReadOnly = value });

    public static JsonRecord<VmDefinition> Definition { get; } =
        new JsonRecord<VmDefinition>(
            () => new VmDefinition { Name = "", Id = Guid.Empty, CreationTime = default }, definition => definition.Unknown, (definition, others) => definition with { Unknown = others })
            .With("$schema", Text, _ => VmDefinition.SchemaId, (definition, _) => definition)
            .With("version", Integer, definition => definition.Version, (definition, value) => definition with { Version = value })
            .With("name", Text, definition => definition.Name, (definition, value) => definition with { Name = value })
            .With("id", Identity, definition => definition.Id, (definition, value) => definition with { Id = value })
            .With("creationTime", Time, definition => definition.CreationTime, (definition, value) => definition with { CreationTime = value })
            .WithOptional("notes", Text, definition => definition.Notes, (definition, value) => definition with { Notes = value })
            .With("tag", Texts, definition => definition.Tag, (definition, value) => definition with { Tag = value })
            .With("protected", Flag, definition => definition.Protected, (definition, value) => definition with { Protected = value })
            .With("template", Flag, definition => definition.Template, (definition, value) => definition with { Template = value })
            .With("machineType", Text, definition => definition.MachineType, (definition, value) => definition with { MachineType = value })
            .With("accelerator", Word<VmAccelerator>(), definition => definition.Accelerator, (definition, value) => definition with { Accelerator = value })
            .WithOptional("cpuModel", Text, definition => definition.CpuModel, (definition, value) => definition with { CpuModel = value })
            .WithOptional("firmware", Firmware.Kind, definition => definition.Firmware, (definition, value) => definition with { Firmware = value })
            .With("tpm", Flag, definition => definition.Tpm, (definition, value) => definition with { Tpm = value })
            .With("localTime", Flag, definition => definition.LocalTime, (definition, value) => definition with { LocalTime = value })
            .With("hyperV", Flag, definition => definition.HyperV, (definition, value) => definition with { HyperV = value })
            .With("processorCount", Integer, definition => definition.ProcessorCount, (definition, value) => definition with { ProcessorCount = value })
            .With("memoryStartupBytes", Size, definition => definition.MemoryStartupBytes, (definition, value) => definition with { MemoryStartupBytes = value })
            .With("bootOrder", ListOf(Word<VmBootDevice>()), definition => definition.BootOrder, (definition, value) => definition with { BootOrder = value })
            .With("drives", ListOf(Drive.Kind), definition => definition.Drives, (definition, value) => definition with { Drives = value })
            .With("networkAdapters", ListOf(NetworkAdapter.Kind), definition => definition.NetworkAdapters, (definition, value) => definition with { NetworkAdapters = value })
            .With("vga", Word<VmVga>(), definition => definition.Vga, (definition, value) => definition with { Vga = value })
            .With("display", Word<VmDisplay>(), definition => definition.Display, (definition, value) => definition with { Display = value })
            .WithOptionalValue("displayPort", Integer, definition => definition.DisplayPort, (definition, value) => definition with { DisplayPort = value })
            .With("tablet", Flag, definition => definition.Tablet, (definition, value) => definition with { Tablet = value })
            .With("sound", Word<VmSound>(), definition => definition.Sound, (definition, value) => definition with { Sound = value })
            .With("usbController", Word<VmUsbController>(), definition => definition.UsbController, (definition, value) => definition with { UsbController = value })
            .With("hotplugPortCount", Integer, definition => definition.HotplugPortCount, (definition, value) => definition with { HotplugPortCount = value })
            .With("usbDevices", ListOf(UsbDevice.Kind), definition => definition.UsbDevices, (definition, value) => definition with { UsbDevices = value })
            .With("pciDevices", ListOf(PciDevice.Kind), definition => definition.PciDevices, (definition, value) => definition with { PciDevices = value })
            .With("sharedFolders", ListOf(SharedFolder.Kind), definition => definition.SharedFolders, (definition, value) => definition with { SharedFolders = value })
            .WithOptional("kernelPath", Text, definition => definition.KernelPath, (definition, value) => definition with { KernelPath = value })
            .WithOptional("initrdPath", Text, definition => definition.InitrdPath, (definition, value) => definition with { InitrdPath = value })
            .WithOptional("kernelCommandLine", Text, definition => definition.KernelCommandLine, (definition, value) => definition with { KernelCommandLine = value })
            .WithOptionalValue("guestAgent", Flag, definition => definition.GuestAgent, (definition, value) => definition with { GuestAgent = value })
            .WithOptionalValue("sandbox", Flag, definition => definition.Sandbox, (definition, value) => definition with { Sandbox = value })
            .With("qemuArgument", Texts, definition => definition.QemuArgument, (definition, value) => definition with { QemuArgument = value });
}
