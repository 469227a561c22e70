using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace QemuPS.Disks;

/// <summary>
/// Writes small CD images: one folder of files, with the names that ISO 9660 allows and the real ones beside them
/// (ECMA-119, and the Joliet extension that Linux, BSD and Windows read).
/// </summary>
internal static class IsoImage
{
    private const int Sector = 2048;
    private const int FirstDescriptor = 16;
    private const int PathTables = 19;
    private const int PrimaryRoot = 23;
    private const int JolietRoot = 24;
    private const int FirstFile = 25;

    /// <summary>The image's bytes.</summary>
    /// <param name="label">The volume's label, at most 16 characters.</param>
    /// <param name="files">The files in the root folder, few enough for one sector of names.</param>
    /// <param name="time">When they were written.</param>
    public static byte[] Create(string label, IReadOnlyList<(string Name, byte[] Content)> files, DateTimeOffset time)
    {
        var sectors = FirstFile + files.Sum(file => SectorsOf(file.Content.Length));
        var image = new byte[sectors * Sector];
        var entries = Place(files);
        var volume = new Volume(label, sectors, time.ToUniversalTime());
        WriteDescriptor(At(image, FirstDescriptor), volume, joliet: false);
        WriteDescriptor(At(image, FirstDescriptor + 1), volume, joliet: true);
        WriteSignature(At(image, FirstDescriptor + 2), type: 255);
        WritePathTables(image);
        WriteFolder(At(image, PrimaryRoot), PrimaryRoot, volume, entries.Select(entry => entry with { Name = PlainName(entry.Name) }), Encoding.ASCII);
        WriteFolder(At(image, JolietRoot), JolietRoot, volume, entries, Encoding.BigEndianUnicode);
        foreach (var (entry, file) in entries.Zip(files)) file.Content.CopyTo(At(image, entry.Start));
        return image;
    }

    private static List<Entry> Place(IReadOnlyList<(string Name, byte[] Content)> files)
    {
        var next = FirstFile;
        var entries = new List<Entry>();
        foreach (var (name, content) in files)
        {
            entries.Add(new Entry(name, next, content.Length));
            next += SectorsOf(content.Length);
        }

        return entries;
    }

    private static int SectorsOf(int length) => Math.Max(1, (length + Sector - 1) / Sector);

    private static Span<byte> At(byte[] image, int sector) => image.AsSpan(sector * Sector);

    // ISO 9660 level 1: eight characters of A-Z, 0-9 and _, and a version.
    private static string PlainName(string name) =>
        string.Concat(name.ToUpperInvariant().Select(c => char.IsAsciiLetterOrDigit(c) ? c : '_').Take(8)) + ".;1";

    private static void WriteSignature(Span<byte> descriptor, byte type)
    {
        descriptor[0] = type;
        "CD001"u8.CopyTo(descriptor[1..]);
        descriptor[6] = 1;
    }

    // ECMA-119 8.4 and 8.5.
    private static void WriteDescriptor(Span<byte> descriptor, Volume volume, bool joliet)
    {
        WriteSignature(descriptor, joliet ? (byte)2 : (byte)1);
        var encoding = joliet ? Encoding.BigEndianUnicode : Encoding.ASCII;
        Fill(descriptor.Slice(8, 32), "", encoding);
        Fill(descriptor.Slice(40, 32), volume.Label, encoding);
        WriteBoth(descriptor[80..], volume.Sectors);
        // UCS-2 level 3 is what makes a supplementary descriptor a Joliet one.
        if (joliet) "%/E"u8.CopyTo(descriptor[88..]);
        foreach (var place in new[] { 120, 124 }) WriteBoth(descriptor[place..], (ushort)1);
        WriteBoth(descriptor[128..], (ushort)Sector);
        WriteBoth(descriptor[132..], 10);
        var table = PathTables + (joliet ? 2 : 0);
        BinaryPrimitives.WriteInt32LittleEndian(descriptor[140..], table);
        BinaryPrimitives.WriteInt32BigEndian(descriptor[148..], table + 1);
        WriteRecord(descriptor[156..], [0], joliet ? JolietRoot : PrimaryRoot, Sector, volume.Time, isFolder: true);
        Fill(descriptor.Slice(190, 623), "", encoding);
        // Created, changed, expires, effective: sixteen digits and a time zone; zeroes say nothing.
        foreach (var (place, known) in new[] { (813, true), (830, true), (847, false), (864, false) })
        {
            Encoding.ASCII.GetBytes(known ? volume.Time.ToString("yyyyMMddHHmmss00", CultureInfo.InvariantCulture) : "0000000000000000", descriptor[place..]);
        }

        descriptor[881] = 1;
    }

    private static void Fill(Span<byte> field, string text, Encoding encoding)
    {
        var width = encoding.GetByteCount(" ");
        encoding.GetBytes(text.PadRight(field.Length / width), field);
    }

    // One folder, its own parent; once for each order of bytes.
    private static void WritePathTables(byte[] image)
    {
        foreach (var (table, root) in new[] { (PathTables, PrimaryRoot), (PathTables + 2, JolietRoot) })
        {
            var little = At(image, table);
            little[0] = 1;
            BinaryPrimitives.WriteInt32LittleEndian(little[2..], root);
            BinaryPrimitives.WriteInt16LittleEndian(little[6..], 1);
            var big = At(image, table + 1);
            big[0] = 1;
            BinaryPrimitives.WriteInt32BigEndian(big[2..], root);
            BinaryPrimitives.WriteInt16BigEndian(big[6..], 1);
        }
    }

    private static void WriteFolder(Span<byte> folder, int start, Volume volume, IEnumerable<Entry> entries, Encoding encoding)
    {
        folder = folder[WriteRecord(folder, [0], start, Sector, volume.Time, isFolder: true)..];
        folder = folder[WriteRecord(folder, [1], start, Sector, volume.Time, isFolder: true)..];
        foreach (var entry in entries.OrderBy(entry => entry.Name, StringComparer.Ordinal))
        {
            folder = folder[WriteRecord(folder, encoding.GetBytes(entry.Name), entry.Start, entry.Length, volume.Time, isFolder: false)..];
        }
    }

    // ECMA-119 9.1; returns how long the record is.
    private static int WriteRecord(Span<byte> record, ReadOnlySpan<byte> name, int start, int length, DateTimeOffset time, bool isFolder)
    {
        var size = 33 + name.Length + (name.Length % 2 == 0 ? 1 : 0);
        record[0] = (byte)size;
        WriteBoth(record[2..], start);
        WriteBoth(record[10..], length);
        byte[] date = [(byte)(time.Year - 1900), (byte)time.Month, (byte)time.Day, (byte)time.Hour, (byte)time.Minute, (byte)time.Second, 0];
        date.CopyTo(record[18..]);
        record[25] = isFolder ? (byte)2 : (byte)0;
        WriteBoth(record[28..], (ushort)1);
        record[32] = (byte)name.Length;
        name.CopyTo(record[33..]);
        return size;
    }

    private static void WriteBoth(Span<byte> field, int value)
    {
        BinaryPrimitives.WriteInt32LittleEndian(field, value);
        BinaryPrimitives.WriteInt32BigEndian(field[4..], value);
    }

    private static void WriteBoth(Span<byte> field, ushort value)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(field, value);
        BinaryPrimitives.WriteUInt16BigEndian(field[2..], value);
    }

    private sealed record Volume(string Label, int Sectors, DateTimeOffset Time);

    private sealed record Entry(string Name, int Start, int Length);
}
