using static QemuPS.Devices.Usb.DescriptorLayout;

namespace QemuPS.Devices.Usb;

/// <summary>Finds the layout of a descriptor by its type and the interface it stands in.</summary>
internal static class ClassLayouts
{
    private const int ClassDescriptor = 0x21;
    private const int ClassInterface = 0x24;
    private const int ClassEndpoint = 0x25;

    // usb.org's "Communications Devices" 1.2 and its subclasses (PSTN, ECM, NCM, WMC, MBIM).
    private static readonly Dictionary<int, DescriptorLayout> Communications = new()
    {
        [0x00] = Of("CDC Header", "bcdCDC"),
        [0x01] = Of("CDC Call Management", "bmCapabilities bDataInterface"),
        [0x02] = Of("CDC ACM", "bmCapabilities"),
        [0x03] = Of("CDC Direct Line", "bmCapabilities"),
        [0x04] = Of("CDC Telephone Ringer", "bRingerVolSteps bNumRingerPatterns"),
        [0x05] = Of("CDC Telephone Call", "bmCapabilities:4"),
        [0x06] = Of("CDC Union", "bMasterInterface bSlaveInterface*?"),
        [0x07] = Of("CDC Country Selection", "iCountryCodeRelDate wCountryCode*?"),
        [0x08] = Of("CDC Telephone Operations", "bmCapabilities"),
        [0x0a] = Of("CDC Network Channel Terminal", "bEntityId iName bChannelIndex bPhysicalInterface"),
        [0x0f] = Of("CDC Ethernet", "iMacAddress bmEthernetStatistics:4 wMaxSegmentSize wNumberMCFilters bNumberPowerFilters"),
        [0x11] = Of("CDC WHCM", "bcdVersion"),
        [0x12] = Of("CDC MDLM", "bcdCDC guidMdlm"),
        [0x13] = Of("CDC MDLM detail", "bGuidDescriptorType bDetailData*?"),
        [0x14] = Of("CDC Device Management", "bcdVersion wMaxCommand"),
        [0x15] = Of("CDC OBEX", "bcdVersion"),
        [0x16] = Of("CDC Command Set", "bcdVersion iCommandSet guidCommandSet"),
        [0x1a] = Of("CDC NCM", "bcdNcmVersion bmNetworkCapabilities"),
        [0x1b] = Of("CDC MBIM", "bcdMBIMVersion wMaxControlMessage bNumberFilters bMaxFilterSize wMaxSegmentSize bmNetworkCapabilities"),
        [0x1c] = Of("CDC MBIM Extended", "bcdMBIMExtendedVersion bMaxOutstandingCommandMessages wMTU"),
    };

    // "HID" 1.11, 6.2.1; the report descriptor itself is another file.
    private static readonly DescriptorLayout Hid = Of("HID", "bcdHID bCountryCode bNumDescriptors bDescriptorType+wDescriptorLength*bNumDescriptors");

    // "Smart Card CCID" 1.1, table 5.1-1.
    private static readonly DescriptorLayout SmartCard = Of(
        "Smart Card CCID",
        "bcdCCID bMaxSlotIndex bVoltageSupport dwProtocols dwDefaultClock dwMaximumClock bNumClockSupported dwDataRate dwMaxDataRate bNumDataRatesSupported"
        + " dwMaxIFSD dwSynchProtocols dwMechanical dwFeatures dwMaxCCIDMessageLength bClassGetResponse bClassEnvelope wLcdLayout bPINSupport bMaxCCIDBusySlots");

    // "Device Firmware Upgrade" 1.1, table 4.2; version 1.0 ends before bcdDFUVersion.
    private static readonly DescriptorLayout Firmware = Of("Device Firmware Upgrade", "bmAttributes wDetachTimeout wTransferSize bcdDFUVersion*?");

    // "IPP over USB" 1.0.
    private static readonly DescriptorLayout Printer = Of("IPP Printer", "bcdIPP bNumCapabilities bCapability*?");

    // "USB Attached SCSI", 5.2.3.5.
    private static readonly DescriptorLayout PipeUsage = Of("Mass Storage UAS Pipe Usage", "bPipeID bReserved");

    private static readonly Dictionary<int, DescriptorLayout> Standard = new()
    {
        [0x06] = Of("Device Qualifier", "bcdUSB bDeviceClass bDeviceSubClass bDeviceProtocol bMaxPacketSize0 bNumConfigurations bReserved"),
        [0x09] = Of("OTG", "bmAttributes bcdOTG*?"),
        [0x0a] = Of("Debug", "bDebugInEndpoint bDebugOutEndpoint"),
        [0x0c] = Of("Security", "wTotalLength bNumEncryptionTypes"),
        [0x30] = Of("SuperSpeed Endpoint Companion", "bMaxBurst bmAttributes wBytesPerInterval"),
        [0x31] = Of("SuperSpeedPlus Isochronous Endpoint Companion", "wReserved dwBytesPerInterval"),
        [0x29] = Of("Hub", "bNbrPorts wHubCharacteristics bPwrOn2PwrGood bHubContrCurrent bSpecific*?"),
        [0x2a] = Of("SuperSpeed Hub", "bNbrPorts wHubCharacteristics bPwrOn2PwrGood bHubContrCurrent bHubHdrDecLat wHubDelay wDeviceRemovable"),
    };

    // USB 3.2, 9.6.2 and the specifications that add to it (Billboard 1.2, Power Delivery 3.1, PTM).
    private static readonly Dictionary<int, DescriptorLayout> Capabilities = new()
    {
        [0x01] = Of("Wireless USB", "bmAttributes wPHYRates bmTFITXPowerInfo bmFFITXPowerInfo bmBandGroup:2 bReserved"),
        [0x02] = Of("USB 2.0 Extension", "bmAttributes:4"),
        [0x03] = Of("SuperSpeed USB", "bmAttributes wSpeedsSupported bFunctionalitySupport bU1DevExitLat wU2DevExitLat"),
        [0x04] = Of("Container ID", "bReserved guidContainerID"),
        [0x05] = Of("Platform", "bReserved guidPlatformCapability bCapabilityData*?"),
        [0x06] = Of("Power Delivery", "bReserved bmAttributes:4 bcdBCVersion bcdPDVersion bcdUSBTypeCVersion"),
        [0x0a] = Of("SuperSpeedPlus USB", "bReserved bmAttributes:4 wFunctionalitySupport wReserved bmSublinkSpeedAttr:4*?"),
        [0x0b] = Of("Precision Time Measurement", ""),
        [0x0d] = Of("Billboard", "iAdditionalInfoURL bNumberOfAlternateModes bPreferredAlternateMode wVCONNPower bmConfigured:32 bcdVersion bAdditionalFailureInfo bReserved wSVID+bAlternateMode+iAlternateModeString*bNumberOfAlternateModes"),
        [0x0f] = Of("Billboard Alternate Mode", "bIndex dwAlternateModeVdo"),
        [0x10] = Of("Configuration Summary", "bcdVersion bClass bSubClass bProtocol bConfigurationCount bConfigurationIndex*bConfigurationCount"),
    };

    /// <summary>The layout of what stands in an interface or configuration.</summary>
    /// <param name="type">bDescriptorType.</param>
    /// <param name="inside">The interface around it; null where there is none.</param>
    /// <param name="hasSubType">A third byte says which descriptor of the class it is.</param>
    /// <param name="descriptor">All its bytes.</param>
    public static DescriptorLayout? Find(int type, UsbInterfaceSetting? inside, ReadOnlySpan<byte> descriptor, out bool hasSubType)
    {
        hasSubType = type is ClassInterface or ClassEndpoint && descriptor.Length > 2 && inside?.Class is not UsbClass.MassStorage;
        return type switch
        {
            ClassInterface when inside?.Class is UsbClass.MassStorage => PipeUsage,
            ClassInterface when inside is not null && hasSubType => InInterface(inside, descriptor),
            ClassEndpoint when inside is not null && hasSubType => InEndpoint(inside, descriptor[2]),
            ClassDescriptor => OfClass(inside),
            _ => Standard.GetValueOrDefault(type),
        };
    }

    /// <summary>The layout of a device capability; null where nobody knows it.</summary>
    public static DescriptorLayout? Capability(int type) => Capabilities.GetValueOrDefault(type);

    private static DescriptorLayout? OfClass(UsbInterfaceSetting? inside) => inside switch
    {
        { Class: UsbClass.Hid } => Hid,
        { Class: UsbClass.SmartCard } => SmartCard,
        { Class: UsbClass.Printer } => Printer,
        { Class: UsbClass.ApplicationSpecific, SubClass: 1 } => Firmware,
        _ => null,
    };

    private static DescriptorLayout? InInterface(UsbInterfaceSetting inside, ReadOnlySpan<byte> descriptor) => inside.Class switch
    {
        UsbClass.Audio => AudioLayouts.Interface(inside.SubClass, inside.Protocol, descriptor[2], descriptor[3..]),
        UsbClass.Video => VideoLayouts.Interface(inside.SubClass, descriptor[2], descriptor[3..]),
        UsbClass.Communications or UsbClass.CdcData => Communications.GetValueOrDefault(descriptor[2]),
        _ => null,
    };

    private static DescriptorLayout? InEndpoint(UsbInterfaceSetting inside, int subType) => inside.Class switch
    {
        UsbClass.Audio => AudioLayouts.Endpoint(inside.SubClass, inside.Protocol, subType),
        UsbClass.Video => VideoLayouts.Endpoint(subType),
        _ => null,
    };
}
