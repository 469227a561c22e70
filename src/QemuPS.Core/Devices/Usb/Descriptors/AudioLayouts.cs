using static QemuPS.Devices.Usb.DescriptorLayout;

namespace QemuPS.Devices.Usb;

/// <summary>Descriptors of sound devices: usb.org's "Audio Devices" 1.0 and 2.0 and "MIDI Devices" 1.0.</summary>
internal static class AudioLayouts
{
    private const int Control = 1;
    private const int Streaming = 2;
    private const int Midi = 3;
    private const int Version2 = 0x20;
    private const int Version3 = 0x30;

    private static readonly Dictionary<int, DescriptorLayout> Control1 = new()
    {
        [0x01] = Of("Audio Control Header", "bcdADC wTotalLength bInCollection baInterfaceNr*bInCollection"),
        [0x02] = Of("Audio Input Terminal", "bTerminalID wTerminalType bAssocTerminal bNrChannels wChannelConfig iChannelNames iTerminal"),
        [0x03] = Of("Audio Output Terminal", "bTerminalID wTerminalType bAssocTerminal bSourceID iTerminal"),
        [0x04] = Of("Audio Mixer Unit", "bUnitID bNrInPins baSourceID*bNrInPins bNrChannels wChannelConfig iChannelNames bmControls*? iMixer"),
        [0x05] = Of("Audio Selector Unit", "bUnitID bNrInPins baSourceID*bNrInPins iSelector"),
        [0x06] = Of("Audio Feature Unit", "bUnitID bSourceID bControlSize bmaControls:bControlSize*? iFeature"),
        [0x07] = Of("Audio Processing Unit", "bUnitID wProcessType bNrInPins baSourceID*bNrInPins bNrChannels wChannelConfig iChannelNames bControlSize bmControls*bControlSize iProcessing bSpecific*?"),
        [0x08] = Of("Audio Extension Unit", "bUnitID wExtensionCode bNrInPins baSourceID*bNrInPins bNrChannels wChannelConfig iChannelNames bControlSize bmControls*bControlSize iExtension"),
    };

    private static readonly Dictionary<int, DescriptorLayout> Control2 = new()
    {
        [0x01] = Of("Audio Control Header", "bcdADC bCategory wTotalLength bmControls"),
        [0x02] = Of("Audio Input Terminal", "bTerminalID wTerminalType bAssocTerminal bCSourceID bNrChannels bmChannelConfig:4 iChannelNames bmControls:2 iTerminal"),
        [0x03] = Of("Audio Output Terminal", "bTerminalID wTerminalType bAssocTerminal bSourceID bCSourceID bmControls:2 iTerminal"),
        [0x04] = Of("Audio Mixer Unit", "bUnitID bNrInPins baSourceID*bNrInPins bNrChannels bmChannelConfig:4 iChannelNames bmMixerControls*? bmControls iMixer"),
        [0x05] = Of("Audio Selector Unit", "bUnitID bNrInPins baSourceID*bNrInPins bmControls iSelector"),
        [0x06] = Of("Audio Feature Unit", "bUnitID bSourceID bmaControls:4*? iFeature"),
        [0x07] = Of("Audio Effect Unit", "bUnitID wEffectType bSourceID bmaControls:4*? iEffects"),
        [0x08] = Of("Audio Processing Unit", "bUnitID wProcessType bNrInPins baSourceID*bNrInPins bNrChannels bmChannelConfig:4 iChannelNames bmControls:2 iProcessing bSpecific*?"),
        [0x09] = Of("Audio Extension Unit", "bUnitID wExtensionCode bNrInPins baSourceID*bNrInPins bNrChannels bmChannelConfig:4 iChannelNames bmControls iExtension"),
        [0x0a] = Of("Audio Clock Source", "bClockID bmAttributes bmControls bAssocTerminal iClockSource"),
        [0x0b] = Of("Audio Clock Selector", "bClockID bNrInPins baCSourceID*bNrInPins bmControls iClockSelector"),
        [0x0c] = Of("Audio Clock Multiplier", "bClockID bCSourceID bmControls iClockMultiplier"),
        [0x0d] = Of("Audio Sample Rate Converter Unit", "bUnitID bSourceID bCSourceInID bCSourceOutID iSRC"),
    };

    private static readonly DescriptorLayout General1 = Of("Audio Streaming General", "bTerminalLink bDelay wFormatTag");
    private static readonly DescriptorLayout General2 = Of("Audio Streaming General", "bTerminalLink bmControls bFormatType bmFormats:4 bNrChannels bmChannelConfig:4 iChannelNames");
    private static readonly DescriptorLayout Specific = Of("Audio Format Specific", "wFormatTag bSpecific*?");
    private static readonly DescriptorLayout UnknownFormat = Of("Audio Format Type", "bFormatType bSpecific*?");

    private static readonly Dictionary<int, DescriptorLayout> Formats1 = new()
    {
        [1] = Of("Audio Format Type I", "bFormatType bNrChannels bSubframeSize bBitResolution bSamFreqType tSamFreq*bSamFreqType|tLowerSamFreq|tUpperSamFreq"),
        [2] = Of("Audio Format Type II", "bFormatType wMaxBitRate wSamplesPerFrame bSamFreqType tSamFreq*bSamFreqType|tLowerSamFreq|tUpperSamFreq"),
        [3] = Of("Audio Format Type III", "bFormatType bNrChannels bSubframeSize bBitResolution bSamFreqType tSamFreq*bSamFreqType|tLowerSamFreq|tUpperSamFreq"),
    };

    private static readonly Dictionary<int, DescriptorLayout> Formats2 = new()
    {
        [1] = Of("Audio Format Type I", "bFormatType bSubslotSize bBitResolution"),
        [2] = Of("Audio Format Type II", "bFormatType wMaxBitRate wSlotsPerFrame"),
        [3] = Of("Audio Format Type III", "bFormatType bSubslotSize bBitResolution"),
        [4] = Of("Audio Format Type IV", "bFormatType"),
    };

    private static readonly Dictionary<int, DescriptorLayout> MidiStreaming = new()
    {
        [0x01] = Of("MIDI Streaming Header", "bcdADC wTotalLength"),
        [0x02] = Of("MIDI In Jack", "bJackType bJackID iJack"),
        [0x03] = Of("MIDI Out Jack", "bJackType bJackID bNrInputPins baSourceID+BaSourcePin*bNrInputPins iJack"),
        [0x04] = Of("MIDI Element", "bElementID bNrInputPins baSourceID+BaSourcePin*bNrInputPins bNrOutputPins bInTerminalLink bOutTerminalLink bElCapsSize bmElementCaps*bElCapsSize iElement"),
    };

    private static readonly DescriptorLayout Endpoint1 = Of("Audio Streaming Endpoint", "bmAttributes bLockDelayUnits wLockDelay");
    private static readonly DescriptorLayout Endpoint2 = Of("Audio Streaming Endpoint", "bmAttributes bmControls bLockDelayUnits wLockDelay");
    private static readonly DescriptorLayout MidiEndpoint = Of("MIDI Streaming Endpoint", "bNumEmbMIDIJack baAssocJackID*bNumEmbMIDIJack");

    /// <summary>The layout of an interface's descriptor; null where there is none. Version 3 is named and sized only.</summary>
    public static DescriptorLayout? Interface(int subClass, int protocol, int subType, ReadOnlySpan<byte> bytes) => subClass switch
    {
        Midi => MidiStreaming.GetValueOrDefault(subType),
        _ when protocol == Version3 => null,
        Control => (protocol == Version2 ? Control2 : Control1).GetValueOrDefault(subType),
        Streaming => (subType, protocol) switch
        {
            (1, Version2) => General2,
            (1, _) => General1,
            (2, _) when bytes.Length > 0 => (protocol == Version2 ? Formats2 : Formats1).GetValueOrDefault(bytes[0], UnknownFormat),
            (3, not Version2) => Specific,
            _ => null,
        },
        _ => null,
    };

    /// <summary>The layout of an endpoint's descriptor; null where there is none.</summary>
    public static DescriptorLayout? Endpoint(int subClass, int protocol, int subType) => (subClass, protocol, subType) switch
    {
        (Midi, _, 1) => MidiEndpoint,
        (Streaming, Version3, _) => null,
        (Streaming, Version2, 1) => Endpoint2,
        (Streaming, _, 1) => Endpoint1,
        _ => null,
    };
}
