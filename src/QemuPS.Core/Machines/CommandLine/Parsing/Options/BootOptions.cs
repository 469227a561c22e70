namespace QemuPS.Machines;

/// <summary><c>-boot</c>: the order of drives by letters, and what else it says.</summary>
internal static class BootOptions
{
    public static void Boot(MachineDraft draft, GivenOption option)
    {
        var list = option.List("order");
        var order = list.Take("order");
        var once = list.Take("once");
        if (order is not null || once is not null) draft.Boot = new DraftBoot(option, order, once);
        if (!list.IsEmpty) draft.KeepInstead(option, ["-boot", list.ToString()]);
    }
}

/// <summary>An order of drives by letters: c for disks, d for CDs, n for the network, a and b for floppies.</summary>
/// <param name="Option">Where it was given.</param>
/// <param name="Order">For every start; null for QEMU's own.</param>
/// <param name="Once">For the first start only.</param>
internal sealed record DraftBoot(GivenOption Option, string? Order, string? Once)
{
    private const string Letters = "cdn";

    /// <summary>
    /// The order has a property: it is for every start and names only what is numbered. Otherwise the firmware is told
    /// with letters as before; letters and numbers do not go together (QEMU's manual, -boot).
    /// </summary>
    public bool IsPlain => Once is null && Order is not null && Order.All(letter => Letters.Contains(letter));

    /// <summary>The order as the property's value, the others behind it: a firmware goes on with them.</summary>
    public IReadOnlyList<VmBootDevice> Devices => [.. Order!.Distinct().Select(letter => (VmBootDevice)Letters.IndexOf(letter)).Union([VmBootDevice.Disk, VmBootDevice.CdRom, VmBootDevice.Network])];

    /// <summary>The option as QEMU takes it.</summary>
    public string[] Words => ["-boot", string.Join(',', new[] { Order is null ? null : $"order={Order}", Once is null ? null : $"once={Once}" }.OfType<string>())];
}
