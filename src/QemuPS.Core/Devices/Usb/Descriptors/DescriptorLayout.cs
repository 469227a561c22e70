using System.Buffers.Binary;
using System.Globalization;

namespace QemuPS.Devices.Usb;

/// <summary>
/// The fields of a descriptor behind its type, written as the specifications name them. The beginning of a name
/// says how long a field is (<c>b</c> and <c>i</c> 1, <c>w</c> and <c>bcd</c> 2, <c>t</c> 3, <c>dw</c> 4, <c>guid</c> 16 bytes);
/// <c>name:4</c> and <c>name:bControlSize</c> say otherwise, <c>name*count</c> repeats it as often as another field says,
/// <c>name*?</c> up to the end less the fields that follow, <c>one+two*count</c> repeats both in turn, and
/// <c>name*count|low|high</c> has other fields where the count is 0.
/// </summary>
internal sealed class DescriptorLayout
{
    private readonly LayoutField[] _fields;

    private DescriptorLayout(string name, string fields)
    {
        Name = name;
        _fields = [.. fields.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(LayoutField.Parse)];
    }

    /// <summary>What the descriptor is called.</summary>
    public string Name { get; }

    /// <summary>A layout from its text.</summary>
    public static DescriptorLayout Of(string name, string fields) => new(name, fields);

    /// <summary>Reads the fields.</summary>
    /// <param name="bytes">The descriptor behind length, type and subtype.</param>
    /// <param name="fields">Takes the fields.</param>
    /// <returns>Whether all of them were there.</returns>
    public bool Read(ReadOnlySpan<byte> bytes, List<UsbDescriptorField> fields)
    {
        var at = 0;
        for (var i = 0; i < _fields.Length; i++)
        {
            var field = _fields[i];
            var count = field switch
            {
                { ToEnd: true } => Rest(field, bytes.Length - at - Following(i), fields),
                { CountField: { } name } => (int)ValueOf(name, fields),
                _ => 1,
            };
            var (members, times) = count == 0 && field.Alternatives.Length > 0 ? (field.Alternatives, 1) : (field.Members, count);
            for (var n = 0; n < times; n++)
            {
                foreach (var member in members)
                {
                    var size = SizeOf(member, fields);
                    if (size == 0) continue;
                    if (bytes.Length - at < size) return false;
                    fields.Add(Field(field.IsSingle || count == 0 ? member.Name : $"{member.Name}({n})", bytes.Slice(at, size)));
                    at += size;
                }
            }
        }

        return true;
    }

    private static UsbDescriptorField Field(string name, ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length == 16) return new UsbDescriptorField(name, 0, new Guid(bytes).ToString("B"));
        if (bytes.Length > 8) return new UsbDescriptorField(name, 0, Convert.ToHexString(bytes));
        Span<byte> whole = stackalloc byte[8];
        whole.Clear();
        bytes.CopyTo(whole);
        var value = BinaryPrimitives.ReadInt64LittleEndian(whole);
        return new UsbDescriptorField(name, value, name.StartsWith("bcd", StringComparison.Ordinal) ? DescriptorParser.Version((int)value) : value.ToString(CultureInfo.InvariantCulture));
    }

    // A field that is not there counts as none: the bytes end before, and Read says so.
    private static long ValueOf(string name, List<UsbDescriptorField> fields) => fields.Find(field => field.Name == name)?.Value ?? 0;

    private static int SizeOf(Member member, List<UsbDescriptorField> fields) =>
        member.SizeField is null ? member.Size : (int)Math.Min(byte.MaxValue, ValueOf(member.SizeField, fields));

    private static int Rest(LayoutField field, int length, List<UsbDescriptorField> fields)
    {
        var size = field.Members.Sum(member => SizeOf(member, fields));
        return size == 0 ? 0 : Math.Max(0, length) / size;
    }

    private int Following(int index) => _fields.Skip(index + 1).Where(field => field.IsSingle).Sum(field => field.Members[0].Size);

    private sealed record Member(string Name, int Size, string? SizeField)
    {
        public static Member Parse(string text)
        {
            var sized = text.Split(':');
            var number = 0;
            var sizeField = sized.Length > 1 && !int.TryParse(sized[1], NumberStyles.None, CultureInfo.InvariantCulture, out number) ? sized[1] : null;
            return new Member(sized[0], number > 0 ? number : UsualSize(sized[0]), sizeField);
        }

        private static int UsualSize(string name) => name switch
        {
            _ when name.StartsWith("guid", StringComparison.Ordinal) => 16,
            _ when name.StartsWith("dw", StringComparison.Ordinal) => 4,
            _ when name.StartsWith("bcd", StringComparison.Ordinal) || name[0] == 'w' => 2,
            _ when name[0] == 't' => 3,
            _ => 1,
        };
    }

    private sealed record LayoutField(Member[] Members, string? CountField, bool ToEnd, Member[] Alternatives)
    {
        public bool IsSingle => CountField is null && !ToEnd;

        public static LayoutField Parse(string text)
        {
            var alternatives = text.Split('|');
            var counted = alternatives[0].Split('*');
            var count = counted.Length > 1 ? counted[1] : null;
            return new LayoutField(
                Array.ConvertAll(counted[0].Split('+'), Member.Parse),
                count is null or "?" ? null : count,
                count == "?",
                Array.ConvertAll(alternatives[1..], Member.Parse));
        }
    }
}
