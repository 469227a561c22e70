namespace QemuPS;

/// <summary>By what a rule finds the device it gives access to.</summary>
public enum UdevMatch
{
    /// <summary>Vendor and product, and the serial number or the port where another device of the kind is plugged in.</summary>
    Auto,
    /// <summary>Vendor, product and serial number: this one device.</summary>
    Serial,
    /// <summary>Vendor, product and port: such a device in this socket.</summary>
    Port,
    /// <summary>Vendor and product: any device of the kind.</summary>
    VendorProduct,
}

/// <summary>What a rule shall do.</summary>
public sealed record UdevRuleRequest
{
    /// <summary>By what the device is found.</summary>
    public UdevMatch Match { get; init; }

    /// <summary>The group that gets access; null for none.</summary>
    public string? Group { get; init; }

    /// <summary>The node's permissions: three or four octal digits.</summary>
    public string Mode { get; init; } = "0660";

    /// <summary>Whoever sits at the host and is logged in gets access (TAG uaccess, systemd-logind).</summary>
    public bool Uaccess { get; init; } = true;
}

/// <summary>A rules file that gives access to a device.</summary>
/// <param name="Path">Where it belongs.</param>
/// <param name="Content">All of its text.</param>
/// <param name="Rule">The one rule in it.</param>
/// <param name="Node">The device's node.</param>
/// <param name="SysfsPath">The device to trigger, whose rules udev reads again.</param>
/// <param name="Request">What it shall do.</param>
public sealed record UdevRuleFile(string Path, string Content, UdevRule Rule, string Node, string SysfsPath, UdevRuleRequest Request)
{
    /// <summary>The commands that make udev use the file for the device, each as its arguments.</summary>
    public IReadOnlyList<IReadOnlyList<string>> Commands =>
    [
        ["udevadm", "control", "--reload"],
        ["udevadm", "trigger", "--settle", "--action=change", SysfsPath],
    ];
}
