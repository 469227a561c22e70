using System.Globalization;
using QemuPS.Processes;

namespace QemuPS.Machines;

/// <summary>
/// QEMU's log of a serial port. It grows with what the guest writes, and lies in memory where the runtime folder does. QEMU opens it
/// once and writes on at its own place (chardev/char.c): to rename or shorten it changes nothing. What can be done is to give the
/// space of its older part back; the rest stays where it is for QEMU and for who reads.
/// </summary>
internal static class SerialLog
{
    /// <summary>The space that a log may take before it is told of.</summary>
    public const ulong DefaultLimitBytes = 64 << 20;

    // A hole takes whole blocks of the file system.
    private const long BlockSize = 4096;

    /// <summary>The space that a machine's log takes, in bytes.</summary>
    public static long AllocatedBytes(RuntimeFolder folder) => FileStatus.Find(folder.SerialLog)?.AllocatedBytes ?? 0;

    /// <summary>What there is to say of a log that has become too long; null where it has not.</summary>
    public static string? Complaint(RuntimeFolder folder, ulong limit) =>
        AllocatedBytes(folder) is var taken && (ulong)taken > limit
            ? string.Create(CultureInfo.InvariantCulture, $"the log of its serial port takes {taken / (double)(1 << 20):0.#} MiB")
            : null;

    /// <summary>Gives back all but the end of the log.</summary>
    /// <param name="folder">The machine's folder.</param>
    /// <param name="kept">How much of the end stays, in bytes.</param>
    public static void Trim(RuntimeFolder folder, ulong kept)
    {
        using var file = File.OpenHandle(folder.SerialLog, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        var old = (RandomAccess.GetLength(file) - (long)kept) / BlockSize * BlockSize;
        if (old > 0) SparseFile.Punch(file, 0, old);
    }
}
