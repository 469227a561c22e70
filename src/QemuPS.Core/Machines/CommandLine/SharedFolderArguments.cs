using System.Text.Json.Nodes;

namespace QemuPS.Machines;

/// <summary>Folders that a guest shares with its host (docs/system/devices/vhost-user and fsdev in qemu(1)).</summary>
internal static class SharedFolderArguments
{
    private const string Memory = "shared-memory";

    /// <summary>What the machine option says about the memory: virtiofsd reads and writes in the guest's, so it has to be one that processes can share.</summary>
    public static string MachineOptions(VmDefinition definition) => HasVirtioFs(definition) ? $",memory-backend={Memory}" : "";

    /// <summary>The memory and the devices.</summary>
    public static IEnumerable<string> Build(VmDefinition definition, RuntimeFolder folder)
    {
        string[] memory = HasVirtioFs(definition)
            ? ["-object", QemuOption.Json(new JsonObject { ["qom-type"] = "memory-backend-memfd", ["id"] = Memory, ["size"] = definition.MemoryStartupBytes, ["share"] = true })]
            : [];
        return [.. memory, .. definition.SharedFolders.SelectMany((share, index) => share.Type == VmSharedFolderType.VirtioFs ? VirtioFs(share, folder.SharedFolderSocket(index)) : NineP(share))];
    }

    private static bool HasVirtioFs(VmDefinition definition) => definition.SharedFolders.Any(share => share.Type == VmSharedFolderType.VirtioFs);

    private static IEnumerable<string> VirtioFs(VmSharedFolder share, string socket) =>
    [
        "-chardev", $"socket,id={share.Id}-socket,path={QemuOption.Escape(socket)}",
        "-device", QemuOption.Json(new JsonObject { ["driver"] = "vhost-user-fs-pci", ["id"] = share.Id, ["chardev"] = $"{share.Id}-socket", ["tag"] = share.Tag }),
    ];

    // What a guest writes belongs to this user, and owners and modes as the guest sees them are kept in extended attributes: nobody
    // needs to be root for it. What is only read is shown as it is. -fsdev takes no JSON.
    private static IEnumerable<string> NineP(VmSharedFolder share) =>
    [
        "-fsdev", $"local,id={share.Id}-folder,path={QemuOption.Escape(share.Path)},security_model={(share.ReadOnly ? "none" : "mapped-xattr")},readonly={(share.ReadOnly ? "on" : "off")},multidevs=remap",
        "-device", QemuOption.Json(new JsonObject { ["driver"] = "virtio-9p-pci", ["id"] = share.Id, ["fsdev"] = $"{share.Id}-folder", ["mount_tag"] = share.Tag }),
    ];
}
