using static QemuPS.Devices.Usb.DescriptorLayout;

namespace QemuPS.Devices.Usb;

/// <summary>Descriptors of cameras and video grabbers: usb.org's "Video Devices" 1.5.</summary>
internal static class VideoLayouts
{
    private const int Control = 1;
    private const int Streaming = 2;
    private const int CameraTerminal = 0x0201;

    private static readonly DescriptorLayout Camera = Of(
        "Video Camera Terminal",
        "bTerminalID wTerminalType bAssocTerminal iTerminal wObjectiveFocalLengthMin wObjectiveFocalLengthMax wOcularFocalLength bControlSize bmControls:bControlSize");

    private static readonly Dictionary<int, DescriptorLayout> ControlLayouts = new()
    {
        [0x01] = Of("Video Control Header", "bcdUVC wTotalLength dwClockFrequency bInCollection baInterfaceNr*bInCollection"),
        [0x02] = Of("Video Input Terminal", "bTerminalID wTerminalType bAssocTerminal iTerminal bSpecific*?"),
        [0x03] = Of("Video Output Terminal", "bTerminalID wTerminalType bAssocTerminal bSourceID iTerminal"),
        [0x04] = Of("Video Selector Unit", "bUnitID bNrInPins baSource*bNrInPins iSelector"),
        [0x05] = Of("Video Processing Unit", "bUnitID bSourceID wMaxMultiplier bControlSize bmControls:bControlSize iProcessing bmVideoStandards"),
        [0x06] = Of("Video Extension Unit", "bUnitID guidExtensionCode bNumControls bNrInPins baSourceID*bNrInPins bControlSize bmControls*bControlSize iExtension"),
        [0x07] = Of("Video Encoding Unit", "bUnitID bSourceID iEncoding bControlSize bmControls:bControlSize bmControlsRuntime:bControlSize"),
    };

    private const string Uncompressed = "bFormatIndex bNumFrameDescriptors guidFormat bBitsPerPixel bDefaultFrameIndex bAspectRatioX bAspectRatioY bmInterlaceFlags bCopyProtect";
    private const string FrameSize = "bFrameIndex bmCapabilities wWidth wHeight dwMinBitRate dwMaxBitRate ";
    private const string FrameRates = "dwFrameInterval*bFrameIntervalType|dwMinFrameInterval|dwMaxFrameInterval|dwFrameIntervalStep";
    private const string Frame = FrameSize + "dwMaxVideoFrameBufferSize dwDefaultFrameInterval bFrameIntervalType " + FrameRates;

    private static readonly Dictionary<int, DescriptorLayout> StreamingLayouts = new()
    {
        [0x01] = Of("Video Streaming Input Header", "bNumFormats wTotalLength bEndpointAddress bmInfo bTerminalLink bStillCaptureMethod bTriggerSupport bTriggerUsage bControlSize bmaControls:bControlSize*bNumFormats"),
        [0x02] = Of("Video Streaming Output Header", "bNumFormats wTotalLength bEndpointAddress bTerminalLink bControlSize bmaControls:bControlSize*bNumFormats"),
        [0x03] = Of("Video Still Image Frame", "bEndpointAddress bNumImageSizePatterns wWidth+wHeight*bNumImageSizePatterns bNumCompressionPatterns bCompression*bNumCompressionPatterns"),
        [0x04] = Of("Video Format Uncompressed", Uncompressed),
        [0x05] = Of("Video Frame Uncompressed", Frame),
        [0x06] = Of("Video Format MJPEG", "bFormatIndex bNumFrameDescriptors bFlags bDefaultFrameIndex bAspectRatioX bAspectRatioY bmInterlaceFlags bCopyProtect"),
        [0x07] = Of("Video Frame MJPEG", Frame),
        [0x0a] = Of("Video Format MPEG2-TS", "bFormatIndex bDataOffset bPacketLength bStrideLength guidStrideFormat*?"),
        [0x0d] = Of("Video Color Matching", "bColorPrimaries bTransferCharacteristics bMatrixCoefficients"),
        [0x10] = Of("Video Format Frame-Based", Uncompressed + " bVariableSize"),
        [0x11] = Of("Video Frame Frame-Based", FrameSize + "dwDefaultFrameInterval bFrameIntervalType dwBytesPerLine " + FrameRates),
        [0x12] = Of("Video Format Stream-Based", "bFormatIndex guidFormat dwPacketLength"),
    };

    private static readonly DescriptorLayout InterruptEndpoint = Of("Video Interrupt Endpoint", "wMaxTransferSize");

    /// <summary>The layout of an interface's descriptor; null where there is none.</summary>
    public static DescriptorLayout? Interface(int subClass, int subType, ReadOnlySpan<byte> bytes) => subClass switch
    {
        Control when subType == 2 && bytes.Length >= 3 && (bytes[1] | (bytes[2] << 8)) == CameraTerminal => Camera,
        Control => ControlLayouts.GetValueOrDefault(subType),
        Streaming => StreamingLayouts.GetValueOrDefault(subType),
        _ => null,
    };

    /// <summary>The layout of an endpoint's descriptor; null where there is none.</summary>
    public static DescriptorLayout? Endpoint(int subType) => subType == 3 ? InterruptEndpoint : null;
}
