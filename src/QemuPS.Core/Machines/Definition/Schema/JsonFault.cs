namespace QemuPS.Machines;

/// <summary>Where a document breaks its schema, and how.</summary>
/// <param name="Path">The member, <c>drives[0].bus</c>; empty for the document itself.</param>
/// <param name="Position">The byte of the document where it is.</param>
/// <param name="Message">What is wrong, as the end of a sentence.</param>
internal sealed record JsonFault(string Path, long Position, string Message)
{
    /// <summary>The fault seen from the object around it.</summary>
    public JsonFault In(string outer) => this with { Path = Path.Length == 0 ? outer : Path[0] == '[' ? outer + Path : $"{outer}.{Path}" };
}
