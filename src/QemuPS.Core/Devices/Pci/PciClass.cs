namespace QemuPS;

/// <summary>What a PCI device is for, in words; the kinds people look for have their own.</summary>
public enum PciClass
{
    /// <summary>A class this list does not have.</summary>
    Other,
    /// <summary>From before classes existed (00).</summary>
    Unclassified,
    /// <summary>Disk controllers, NVMe disks (01).</summary>
    Storage,
    /// <summary>Network adapters (02), wireless ones that call themselves so included.</summary>
    Network,
    /// <summary>Graphics (03).</summary>
    Display,
    /// <summary>Sound (0401, 0403).</summary>
    Audio,
    /// <summary>Video capture and other multimedia (04).</summary>
    Multimedia,
    /// <summary>Memory (05).</summary>
    Memory,
    /// <summary>Host, ISA and PCI bridges (06).</summary>
    Bridge,
    /// <summary>Serial ports, modems, management engines (07).</summary>
    Communication,
    /// <summary>Timers, IOMMUs, card readers (08).</summary>
    System,
    /// <summary>Input (09).</summary>
    Input,
    /// <summary>Docking stations (0a).</summary>
    Docking,
    /// <summary>Processors (0b).</summary>
    Processor,
    /// <summary>USB and USB4 controllers (0c03).</summary>
    Usb,
    /// <summary>SMBus, I2C, SPI, FireWire (0c).</summary>
    SerialBus,
    /// <summary>Radio (0d).</summary>
    Wireless,
    /// <summary>Encryption (10).</summary>
    Encryption,
    /// <summary>Signal processing, sensors (11).</summary>
    SignalProcessing,
    /// <summary>Accelerators for computing (12).</summary>
    Accelerator,
    /// <summary>Co-processors (40).</summary>
    CoProcessor,
}

/// <summary>The words for the class codes of the PCI Code and ID Assignment Specification.</summary>
internal static class PciClasses
{
    /// <summary>The word for a class code of three bytes: base class, subclass, programming interface.</summary>
    public static PciClass FromCode(int code) => (code >> 8) switch
    {
        0x0401 or 0x0403 => PciClass.Audio,
        0x0c03 => PciClass.Usb,
        var both => (both >> 8) switch
        {
            0x00 => PciClass.Unclassified,
            0x01 => PciClass.Storage,
            0x02 => PciClass.Network,
            0x03 => PciClass.Display,
            0x04 => PciClass.Multimedia,
            0x05 => PciClass.Memory,
            0x06 => PciClass.Bridge,
            0x07 => PciClass.Communication,
            0x08 => PciClass.System,
            0x09 => PciClass.Input,
            0x0a => PciClass.Docking,
            0x0b => PciClass.Processor,
            0x0c => PciClass.SerialBus,
            0x0d => PciClass.Wireless,
            0x10 => PciClass.Encryption,
            0x11 => PciClass.SignalProcessing,
            0x12 => PciClass.Accelerator,
            0x40 => PciClass.CoProcessor,
            _ => PciClass.Other,
        },
    };

    /// <summary>A bridge to another PCI bus (0604, 0609) or to CardBus (0607). VFIO lets it stay in a group with its own driver.</summary>
    public static bool IsBusBridge(int code) => (code >> 8) is 0x0604 or 0x0607 or 0x0609;
}
