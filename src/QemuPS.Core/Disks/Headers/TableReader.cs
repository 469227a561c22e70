namespace QemuPS.Disks.Headers;

/// <summary>The entries of a table in an image file, one after the other, however long the table is.</summary>
/// <param name="file">The file.</param>
/// <param name="offset">Where the table begins.</param>
/// <param name="count">How many entries it has.</param>
/// <param name="entrySize">How many bytes an entry has.</param>
internal ref struct TableReader(ImageFile file, ulong offset, ulong count, int entrySize)
{
    private const int ChunkSize = 64 * 1024;

    private readonly byte[] _chunk = new byte[Math.Min(ChunkSize, count * (ulong)entrySize)];
    private ulong _index = ulong.MaxValue;

    /// <summary>The bytes of the entry.</summary>
    public readonly ReadOnlySpan<byte> Current => _chunk.AsSpan((int)(_index % EntriesOfChunk) * entrySize, entrySize);

    private readonly ulong EntriesOfChunk => (ulong)(ChunkSize / entrySize);

    /// <summary>For <c>foreach</c>.</summary>
    public readonly TableReader GetEnumerator() => this;

    /// <summary>Goes to the next entry.</summary>
    public bool MoveNext()
    {
        _index++;
        if (_index >= count) return false;
        if (_index % EntriesOfChunk == 0)
        {
            var length = Math.Min((ulong)_chunk.Length, (count - _index) * (ulong)entrySize);
            file.Read(offset + (_index * (ulong)entrySize), _chunk.AsSpan(0, (int)length));
        }

        return true;
    }
}
