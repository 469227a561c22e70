using System.Buffers.Binary;
using System.Security.Cryptography;

namespace QemuPS.Machines;

/// <summary>
/// Tells a state from another, and from what is left of it: its length, its ends and samples of what is between. To read
/// all of many gigabytes would take as long as to load them.
/// </summary>
internal static class StateFingerprint
{
    private const int SampleLength = 4096;
    private const int Samples = 256;

    /// <summary>The fingerprint of a file.</summary>
    public static string Of(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> buffer = stackalloc byte[SampleLength];
        BinaryPrimitives.WriteInt64LittleEndian(buffer, file.Length);
        hash.AppendData(buffer[..sizeof(long)]);
        var last = Math.Max(0, file.Length - SampleLength);
        for (var index = 0; index < Samples; index++)
        {
            file.Position = last / (Samples - 1) * index;
            if (index == Samples - 1) file.Position = last;
            hash.AppendData(buffer[..file.ReadAtLeast(buffer, SampleLength, throwOnEndOfStream: false)]);
        }

        return Convert.ToHexString(hash.GetHashAndReset());
    }
}
