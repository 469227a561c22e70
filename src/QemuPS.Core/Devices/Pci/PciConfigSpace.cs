using System.Buffers.Binary;

namespace QemuPS.Devices.Pci;

/// <summary>What a function is on PCI Express (include/uapi/linux/pci_regs.h, PCI_EXP_FLAGS_TYPE).</summary>
internal enum PciPortType
{
    Endpoint = 0,
    LegacyEndpoint = 1,
    RootPort = 4,
    UpstreamPort = 5,
    DownstreamPort = 6,
    BridgeToPci = 7,
    BridgeToExpress = 8,
    RootComplexEndpoint = 9,
    RootComplexEventCollector = 10,
}

/// <summary>How a function stands with Access Control Services.</summary>
internal enum PciAccessControl
{
    /// <summary>On: what passes it goes up to the IOMMU first.</summary>
    Enabled,
    /// <summary>It has the capability, and the kernel has not turned on all of it.</summary>
    Disabled,
    /// <summary>It has no such capability.</summary>
    Missing,
    /// <summary>Its extended configuration space cannot be read: root may, and only on the host itself.</summary>
    Unreadable,
}

/// <summary>
/// A function's configuration space, as far as it could be read: 64 bytes for an ordinary user, 256 or 4096 for root
/// (PCI Express Base Specification, chapter 7). Bytes from outside: nothing is read beyond them, lists of capabilities may go in circles.
/// </summary>
internal sealed class PciConfigSpace(byte[] bytes)
{
    private const int HeaderType = 0x0e;
    private const int Capabilities = 0x34;
    private const int ExpressCapability = 0x10;
    private const int ExtendedStart = 0x100;
    private const int AccessControlCapability = 0x000d;

    // Source validation, request and completion redirect, upstream forwarding: what the kernel wants (drivers/iommu/iommu.c, REQ_ACS_FLAGS).
    private const int RequiredFlags = 0x01 | 0x04 | 0x08 | 0x10;

    /// <summary>Reads what this user may read; null where it is nothing.</summary>
    public static PciConfigSpace? Read(SysfsRoot root, PciDevice device) =>
        root.ReadBytes($"{device.SysfsPath}/config") is { Length: >= 64 } bytes ? new PciConfigSpace(bytes) : null;

    /// <summary>Other functions share its place.</summary>
    public bool IsMultifunction => (bytes[HeaderType] & 0x80) != 0;

    /// <summary>Every byte is ff: the device does not answer, as after a reset that failed.</summary>
    public bool IsDead => !bytes.AsSpan(0, 64).ContainsAnyExcept((byte)0xff);

    /// <summary>What it is on PCI Express; null for conventional PCI, or where the list of capabilities could not be read.</summary>
    public PciPortType? PortType => FindCapability(ExpressCapability) is { } at && Word(at + 2) is { } flags ? (PciPortType)(flags >> 4 & 0xf) : null;

    /// <summary>The capabilities beyond the first 64 bytes could be read.</summary>
    public bool HasCapabilities => bytes.Length > 64;

    /// <summary>How it stands with Access Control Services; flags that it cannot have are not asked for, as in the kernel.</summary>
    public PciAccessControl AccessControl
    {
        get
        {
            if (bytes.Length <= ExtendedStart) return PciAccessControl.Unreadable;
            if (FindExtended(AccessControlCapability) is not { } at || Word(at + 4) is not { } able || Word(at + 6) is not { } on) return PciAccessControl.Missing;
            var wanted = RequiredFlags & able;
            return (on & wanted) == wanted ? PciAccessControl.Enabled : PciAccessControl.Disabled;
        }
    }

    private int? FindCapability(int id)
    {
        const int hasList = 0x10;
        if (bytes.Length <= 64 || (bytes[0x06] & hasList) == 0) return null;
        var at = bytes[Capabilities] & ~3;
        for (var seen = 0; at >= 0x40 && at + 1 < Math.Min(256, bytes.Length) && seen < 48; seen++)
        {
            if (bytes[at] == id) return at;
            at = bytes[at + 1] & ~3;
        }

        return null;
    }

    private int? FindExtended(int id)
    {
        var at = ExtendedStart;
        for (var seen = 0; at >= ExtendedStart && at + 4 <= bytes.Length && seen < (4096 - ExtendedStart) / 8; seen++)
        {
            var header = BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at));
            if (header is 0 or uint.MaxValue) return null;
            if ((header & 0xffff) == id) return at;
            at = (int)(header >> 20) & ~3;
        }

        return null;
    }

    private int? Word(int at) => at + 2 <= bytes.Length ? BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(at)) : null;
}
