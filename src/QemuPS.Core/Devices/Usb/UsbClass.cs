namespace QemuPS;

/// <summary>What a USB device or interface is for: the base classes of usb.org's "Defined Class Codes".</summary>
public enum UsbClass
{
    /// <summary>The device says nothing itself; its interfaces do.</summary>
    PerInterface = 0x00,
    /// <summary>Sound: speakers, microphones, MIDI.</summary>
    Audio = 0x01,
    /// <summary>Communications: modems, network adapters, serial lines (CDC control).</summary>
    Communications = 0x02,
    /// <summary>Keyboards, mice, game pads, security keys.</summary>
    Hid = 0x03,
    /// <summary>Force feedback.</summary>
    Physical = 0x05,
    /// <summary>Cameras and scanners for still pictures (PTP, MTP).</summary>
    Image = 0x06,
    /// <summary>Printers.</summary>
    Printer = 0x07,
    /// <summary>Sticks, disks, card readers.</summary>
    MassStorage = 0x08,
    /// <summary>A hub.</summary>
    Hub = 0x09,
    /// <summary>The data half of a communications device.</summary>
    CdcData = 0x0a,
    /// <summary>Smart card readers and the smart cards inside of security keys.</summary>
    SmartCard = 0x0b,
    /// <summary>Content security.</summary>
    ContentSecurity = 0x0d,
    /// <summary>Webcams, video grabbers.</summary>
    Video = 0x0e,
    /// <summary>Medical devices and sport gadgets.</summary>
    PersonalHealthcare = 0x0f,
    /// <summary>Audio and video in one.</summary>
    AudioVideo = 0x10,
    /// <summary>A USB-C device that explains which alternate modes it has.</summary>
    Billboard = 0x11,
    /// <summary>A USB-C bridge.</summary>
    TypeCBridge = 0x12,
    /// <summary>Diagnostic devices.</summary>
    Diagnostic = 0xdc,
    /// <summary>Bluetooth and other radio.</summary>
    Wireless = 0xe0,
    /// <summary>Several functions, grouped by interface association.</summary>
    Miscellaneous = 0xef,
    /// <summary>Firmware update (DFU), infrared, test and measurement.</summary>
    ApplicationSpecific = 0xfe,
    /// <summary>What the vendor has made up.</summary>
    VendorSpecific = 0xff,
}
