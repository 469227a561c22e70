using System.Buffers.Binary;

namespace QemuPS.Disks.Headers;

/// <summary>
/// A LUKS header of version 1 (LUKS On-Disk Format Specification 1.2.3), with the checks of crypto/block-luks.c. It
/// begins an image of its own or lies in a qcow2 image.
/// </summary>
internal sealed record LuksHeader
{
    /// <summary>The header's length without the key material.</summary>
    public const int Length = SlotsOffset + (SlotCount * SlotSize);

    private const int SlotsOffset = 208;
    private const int SlotCount = 8;
    private const int SlotSize = 48;
    private const uint SlotEnabled = 0x00ac71f3;
    private const uint SlotDisabled = 0x0000dead;
    private const uint Stripes = 4000;
    private const uint HeaderSectors = 8;
    private const long SectorSize = 512;

    private static readonly string[] Hashes = ["md5", "sha1", "sha224", "sha256", "sha384", "sha512", "ripemd160"];
    private static readonly string[] Modes = ["ecb", "cbc", "xts", "ctr"];
    private static readonly string[] Generators = ["plain", "plain64", "essiv"];

    // "LUKS\xba\xbe" and the version.
    private static ReadOnlySpan<byte> Magic => [0x4c, 0x55, 0x4b, 0x53, 0xba, 0xbe, 0x00, 0x01];

    public required string Cipher { get; init; }

    public required string Mode { get; init; }

    public required string Generator { get; init; }

    public required string? GeneratorHash { get; init; }

    public required string Hash { get; init; }

    public required uint PayloadSector { get; init; }

    public required uint KeyIterations { get; init; }

    public required string Uuid { get; init; }

    public required IReadOnlyList<LuksSlot> Slots { get; init; }

    public ulong PayloadOffset => PayloadSector * (ulong)SectorSize;

    /// <summary>A file that begins like this has a LUKS header.</summary>
    public static bool IsAtStart(ReadOnlySpan<byte> bytes) => bytes.StartsWith(Magic);

    /// <summary>Reads the header at an offset.</summary>
    public static LuksHeader Read(ImageFile file, ulong offset)
    {
        Span<byte> bytes = stackalloc byte[Length];
        file.Read(offset, bytes);
        if (!IsAtStart(bytes)) throw new HeaderInsufficientException("its LUKS header is not of version 1");
        var (mode, generator, hash) = SplitMode(TextOf(file, bytes.Slice(40, 32)));
        var header = new LuksHeader
        {
            Cipher = CipherOf(TextOf(file, bytes.Slice(8, 32)), BinaryPrimitives.ReadUInt32BigEndian(bytes[108..]), mode),
            Mode = Known(mode, Modes),
            Generator = Known(generator, Generators),
            GeneratorHash = hash,
            Hash = Known(TextOf(file, bytes.Slice(72, 32)), Hashes),
            PayloadSector = BinaryPrimitives.ReadUInt32BigEndian(bytes[104..]),
            KeyIterations = BinaryPrimitives.ReadUInt32BigEndian(bytes[164..]),
            Uuid = ImageFile.TextOf(bytes.Slice(168, 40)),
            Slots = ReadSlots(file, bytes),
        };
        header.RequireValid(file, BinaryPrimitives.ReadUInt32BigEndian(bytes[108..]));
        return header;
    }

    /// <summary>The header as a QCryptoBlockInfoLUKS of qapi/crypto.json.</summary>
    public JsonObject ToJson()
    {
        var json = new JsonObject
        {
            ["cipher-alg"] = Cipher,
            ["cipher-mode"] = Mode,
            ["ivgen-alg"] = Generator,
            ["hash-alg"] = Hash,
            ["payload-offset"] = (long)PayloadOffset,
            ["master-key-iters"] = (long)KeyIterations,
            ["uuid"] = Uuid,
            ["slots"] = Slots.Select(slot => slot.ToJson()).ToArray<object>(),
        };
        if (Generator == "essiv") json["ivgen-hash-alg"] = GeneratorHash;
        return json;
    }

    private static LuksSlot[] ReadSlots(ImageFile file, ReadOnlySpan<byte> bytes)
    {
        var slots = new LuksSlot[SlotCount];
        for (var i = 0; i < SlotCount; i++)
        {
            var slot = bytes.Slice(SlotsOffset + (i * SlotSize), SlotSize);
            var state = BinaryPrimitives.ReadUInt32BigEndian(slot);
            if (state is not (SlotEnabled or SlotDisabled)) throw file.Damaged($"the state of its key slot {i} makes no sense");
            slots[i] = new LuksSlot(
                state == SlotEnabled,
                BinaryPrimitives.ReadUInt32BigEndian(slot[4..]),
                BinaryPrimitives.ReadUInt32BigEndian(slot[40..]),
                BinaryPrimitives.ReadUInt32BigEndian(slot[44..]));
        }

        return slots;
    }

    private void RequireValid(ImageFile file, uint keyLength)
    {
        if (PayloadSector < HeaderSectors) throw file.Damaged("its encrypted data overlaps the LUKS header");
        if (KeyIterations == 0) throw file.Damaged("its key has an iteration count of zero");
        var sectors = ((keyLength * (long)Stripes) + SectorSize - 1) / SectorSize;
        sectors = (sectors + HeaderSectors - 1) / HeaderSectors * HeaderSectors;
        foreach (var slot in Slots)
        {
            var valid = slot.Stripes == Stripes && slot.KeySector >= HeaderSectors && slot.KeySector + sectors <= PayloadSector
                && !(slot.IsActive && slot.Iterations == 0);
            if (!valid) throw file.Damaged("a key slot makes no sense");
        }

        var starts = Slots.Select(slot => (long)slot.KeySector).Order().ToArray();
        if (starts.Zip(starts.Skip(1)).Any(pair => pair.Second - pair.First < sectors)) throw file.Damaged("its key slots overlap");
    }

    // "xts-plain64", "cbc-essiv:sha256"
    private static (string Mode, string Generator, string? Hash) SplitMode(string text)
    {
        var parts = text.Split('-', 2);
        if (parts.Length < 2) throw new HeaderInsufficientException($"its cipher mode '{text}' is not known");
        var generator = parts[1].Split(':', 2);
        var hash = generator.Length > 1 ? Known(generator[1], Hashes) : null;
        // QEMU needs a cipher with keys as long as the hash: for this one every cipher but CAST5 has one.
        if (generator[0] == "essiv" && hash != "sha256") throw new HeaderInsufficientException($"its cipher mode '{text}' is not known");
        return (parts[0], generator[0], hash);
    }

    private static string CipherOf(string name, uint keyLength, string mode)
    {
        var bits = mode == "xts" ? keyLength / 2 * 8 : keyLength * 8;
        var known = (name, bits) is ("aes" or "serpent" or "twofish", 128 or 192 or 256);
        return known ? $"{name}-{bits}" : throw new HeaderInsufficientException($"its cipher '{name}' with {bits} bits is not known");
    }

    private static string Known(string name, string[] names) =>
        names.Contains(name) ? name : throw new HeaderInsufficientException($"'{name}' in its LUKS header is not known");

    private static string TextOf(ImageFile file, ReadOnlySpan<byte> bytes) =>
        bytes.Contains((byte)0) ? ImageFile.TextOf(bytes) : throw file.Damaged("a name in its LUKS header has no end");
}

/// <summary>A slot for a key in a LUKS header.</summary>
internal sealed record LuksSlot(bool IsActive, uint Iterations, uint KeySector, uint Stripes)
{
    public JsonObject ToJson()
    {
        var json = new JsonObject { ["active"] = IsActive, ["key-offset"] = KeySector * 512L };
        if (!IsActive) return json;
        json["iters"] = (long)Iterations;
        json["stripes"] = (long)Stripes;
        return json;
    }
}
