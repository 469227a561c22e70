namespace QemuPS.Machines;

/// <summary>What options say about a drive's cache and about TRIM; null where they say nothing.</summary>
/// <param name="Direct">Without the host's page cache.</param>
/// <param name="NoFlush">What the guest flushes is not flushed.</param>
/// <param name="WriteCache">The guest sees a cache that it has to flush.</param>
/// <param name="Discard">What a guest's TRIM does.</param>
internal sealed record DraftCaching(bool? Direct = null, bool? NoFlush = null, bool? WriteCache = null, VmDiskDiscard? Discard = null)
{
    /// <summary>The name for it; null for QEMU's own choice.</summary>
    public VmDiskCache? Cache => (Direct, NoFlush, WriteCache) is (null, null, null) ? null : (Direct ?? false, NoFlush ?? false, WriteCache ?? true) switch
    {
        (false, false, true) => VmDiskCache.Writeback,
        (true, false, true) => VmDiskCache.None,
        (false, false, false) => VmDiskCache.Writethrough,
        (true, false, false) => VmDiskCache.Directsync,
        (false, true, true) => VmDiskCache.Unsafe,
        _ => null,
    };

    /// <summary>All of it has a name.</summary>
    public bool HasName => Cache is not null || (Direct, NoFlush, WriteCache) is (null, null, null);

    /// <summary>Takes <c>cache=</c> and <c>discard=</c> out of a <c>-drive</c> (blockdev.c; writeback is what QEMU does anyhow). What has no name stays.</summary>
    public static DraftCaching TakeNames(OptionList list)
    {
        var caching = Value(list, "cache") switch
        {
            "none" or "off" => new DraftCaching(Direct: true),
            "directsync" => new DraftCaching(Direct: true, WriteCache: false),
            "writethrough" => new DraftCaching(WriteCache: false),
            "unsafe" => new DraftCaching(NoFlush: true),
            _ => new DraftCaching(),
        };
        if (caching.Cache is not null) list.Take("cache");
        return caching with { Discard = TakeDiscard(list) };
    }

    /// <summary>Takes the members of a block node out of it.</summary>
    public static DraftCaching TakeMembers(OptionList list) => new(list.TakeSwitch("cache.direct"), list.TakeSwitch("cache.no-flush"), null, TakeDiscard(list));

    private static VmDiskDiscard? TakeDiscard(OptionList list)
    {
        if (Value(list, "discard") is not ("unmap" or "on")) return null;
        list.Take("discard");
        return VmDiskDiscard.Unmap;
    }

    private static string? Value(OptionList list, string key) => list.Rest.LastOrDefault(item => item.Key == key).Value;
}
