namespace QemuPS.Tests.Devices.Descriptors;

/// <summary>Descriptors written by hand after the specifications, one device for each class. Nothing of a real device is in them.</summary>
internal static class DescriptorSamples
{
    public static readonly IReadOnlyDictionary<string, byte[]> All = new Dictionary<string, byte[]>
    {
        ["keyboard"] = Device("00 02 00 00 00 08 6d 04 1c c3 00 64 01 02 00 01") + Configuration(1, 1, "a0 2d",
            "04 00 00 01 03 01 01 00", "21 10 01 21 01 22 41 00", "05 81 03 08 00 0a"),
        ["modem (CDC ACM)"] = Device("00 02 02 00 00 40 41 23 43 00 01 00 01 02 03 01") + Configuration(2, 1, "c0 32",
            "0b 00 02 02 02 01 00",
            "04 00 00 01 02 02 01 00", "24 00 10 01", "24 01 03 01", "24 02 06", "24 06 00 01", "05 82 03 08 00 ff",
            "04 01 00 02 0a 00 00 00", "05 04 02 40 00 01", "05 83 02 40 00 01"),
        ["network (CDC Ethernet, NCM, MBIM)"] = Device("10 02 ef 02 01 40 da 0b 53 81 04 31 01 02 03 01") + Configuration(3, 1, "a0 fa",
            "04 00 00 01 02 06 00 05", "24 00 10 01", "24 06 00 01", "24 0f 03 00 00 00 00 ea 05 00 00 00", "05 83 03 10 00 08",
            "04 01 00 02 0a 00 00 04", "05 81 02 00 02 00", "05 02 02 00 02 00",
            "04 02 00 00 02 0d 00 00", "24 00 10 01", "24 1a 00 01 1f", "24 1b 00 01 00 10 20 80 00 08 20", "24 1c 00 01 05 dc 05"),
        ["stick (mass storage, UAS)"] = Device("20 03 00 00 00 09 81 07 81 55 00 01 01 02 03 01") + Configuration(1, 1, "80 70",
            "04 00 00 02 08 06 50 00", "05 81 02 00 04 00", "30 0f 00 00 00", "05 02 02 00 04 00", "30 0f 00 00 00",
            "04 00 01 04 08 06 62 00", "05 01 02 00 04 00", "30 00 00 00 00", "24 01 00", "05 82 02 00 04 00", "30 0f 05 00 00", "24 02 00",
            "05 83 02 00 04 00", "30 0f 05 00 00", "24 03 00", "05 04 02 00 04 00", "30 0f 05 00 00", "24 04 00"),
        ["headset (audio 1)"] = Device("10 01 00 00 00 40 8d 0d 0c 01 00 01 01 02 00 01") + Configuration(3, 1, "80 32",
            "04 00 00 00 01 01 00 00", "24 01 00 01 28 00 01 01", "24 02 01 01 01 00 02 03 00 00 00", "24 06 02 01 01 01 02 02 00", "24 03 03 02 03 00 02 00",
            "24 04 07 02 01 02 02 03 00 00 00 00", "24 05 08 02 01 07 00", "24 07 09 01 00 01 01 02 03 00 00 01 01 00", "24 08 0a 01 00 01 01 02 03 00 00 01 01 00",
            "04 01 00 00 01 02 00 00", "04 01 01 01 01 02 00 00", "24 01 01 01 01 00", "24 02 01 02 02 10 02 80 bb 00 44 ac 00",
            "05 01 09 c0 00 01 00 00", "25 01 01 01 01 00",
            "04 02 01 01 01 02 00 00", "24 01 03 01 01 00", "24 02 01 01 02 10 00 40 1f 00 80 bb 00", "05 82 05 60 00 01 00 83", "25 01 00 00 00 00"),
        ["converter (audio 2)"] = Device("00 02 ef 02 01 40 2a 1e 86 00 07 01 01 03 00 01") + Configuration(2, 1, "80 f0",
            "0b 00 02 01 00 20 00", "04 00 00 00 01 01 20 00", "24 01 00 02 08 40 00 00", "24 0a 05 03 07 00 00", "24 0b 06 01 05 03 00", "24 0c 07 06 00 00",
            "24 02 01 01 01 00 06 02 03 00 00 00 00 00 00 00", "24 06 02 01 0f 00 00 00 0f 00 00 00 0f 00 00 00 00", "24 03 03 01 03 00 02 06 00 00 00",
            "04 01 00 00 01 02 20 00", "04 01 01 02 01 02 20 00", "24 01 01 00 01 01 00 00 00 02 03 00 00 00 00", "24 02 01 04 20",
            "05 01 05 00 03 01", "25 01 00 00 02 01 00", "05 81 11 04 00 04"),
        ["keys (MIDI)"] = Device("10 01 00 00 00 08 63 07 50 31 00 01 01 02 00 01") + Configuration(2, 1, "80 32",
            "04 00 00 00 01 01 00 00", "24 01 00 01 09 00 01 01",
            "04 01 00 02 01 03 00 00", "24 01 00 01 41 00", "24 02 01 01 00", "24 02 02 02 00", "24 03 01 03 01 02 01 00", "24 03 02 04 01 01 01 00",
            "05 01 02 40 00 00 00 00", "25 01 01 01", "05 81 02 40 00 00 00 00", "25 01 01 03"),
        ["camera (video)"] = Device("00 02 ef 02 01 40 f2 04 dd b6 04 27 01 02 03 01") + Configuration(2, 1, "80 fa",
            "0b 00 02 0e 03 00 05", "04 00 00 01 0e 01 00 05",
            "24 01 10 01 4f 00 c0 e1 e4 00 01 01", "24 02 01 01 02 00 00 00 00 00 00 00 00 03 0e 00 00", "24 05 02 01 00 00 02 7f 17 00 00",
            "24 06 04 2c 4d f4 31 5e 79 8f 4d 91 5e a1 b2 c3 d4 e5 f6 08 01 02 01 ff 00", "24 04 05 01 02 00", "24 03 03 01 01 00 04 00",
            "05 87 03 10 00 06", "25 03 10 00",
            "04 01 00 00 0e 02 00 00", "24 01 02 5b 00 81 00 03 00 00 00 01 00 04",
            "24 06 01 01 01 01 00 00 00 00", "24 07 01 00 80 02 e0 01 00 00 77 01 00 00 ca 08 00 60 09 00 15 16 05 00 02 15 16 05 00 2a 2c 0a 00",
            "24 03 00 01 80 02 e0 01 00", "24 0d 01 01 04",
            "24 04 02 01 59 55 59 32 00 00 10 00 80 00 00 aa 00 38 9b 71 10 01 00 00 00 00",
            "24 05 01 01 40 01 f0 00 00 00 77 01 00 00 ca 08 00 58 02 00 15 16 05 00 00 15 16 05 00 40 42 0f 00 15 16 05 00",
            "04 01 01 01 0e 02 00 00", "05 81 05 00 14 01"),
        ["key (CCID, firmware update)"] = Device("00 02 00 00 00 40 50 10 07 04 42 05 01 02 00 01") + Configuration(2, 1, "80 0f",
            "04 00 00 02 0b 00 00 00",
            "21 10 01 00 07 03 00 00 00 a0 0f 00 00 a0 0f 00 00 00 53 26 00 00 53 26 00 00 00 fe 00 00 00 00 00 00 00 00 00 00 00 fe 00 04 00 00 0c 00 00 ff ff 00 00 00 01",
            "05 02 02 40 00 00", "05 82 02 40 00 00",
            "04 01 00 00 fe 01 01 00", "21 0b ff 00 00 08 10 01"),
    };

    /// <summary>A binary object store after USB 3.2, 9.6.2.</summary>
    public static readonly byte[] Bos = Wrap("0f", 4,
        "10 02 1e f4 00 00", "10 03 00 0e 00 01 0a ff 07", "10 04 00 00 11 22 33 44 55 66 77 88 99 aa bb cc dd ee ff",
        "10 0a 00 01 00 00 00 00 11 00 00 30 40 0a 00 b0 40 0a 00");

    private static Bytes Device(string rest) => new(Descriptor("01 " + rest));

    private static byte[] Configuration(int interfaces, int number, string attributesAndPower, params string[] parts)
    {
        var body = parts.SelectMany(Descriptor).ToArray();
        var length = 9 + body.Length;
        return [9, 2, (byte)length, (byte)(length >> 8), (byte)interfaces, (byte)number, 0, .. Convert.FromHexString(attributesAndPower.Replace(" ", "")), .. body];
    }

    private static byte[] Wrap(string type, int count, params string[] parts)
    {
        var body = parts.SelectMany(Descriptor).ToArray();
        var length = 5 + body.Length;
        return [5, .. Convert.FromHexString(type), (byte)length, (byte)(length >> 8), (byte)count, .. body];
    }

    // The length in front is counted, so that it is right.
    private static byte[] Descriptor(string text)
    {
        var bytes = Convert.FromHexString(text.Replace(" ", "", StringComparison.Ordinal));
        return [(byte)(bytes.Length + 1), .. bytes];
    }

    private readonly record struct Bytes(byte[] Value)
    {
        public static byte[] operator +(Bytes left, byte[] right) => [.. left.Value, .. right];
    }
}
