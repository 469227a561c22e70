using System.Text.Json.Nodes;

namespace QemuPS.Machines;

/// <summary>A machine's firmware in flash, and its TPM (docs/system/i386/pc and docs/specs/tpm of QEMU).</summary>
internal static class FirmwareArguments
{
    private const string Code = "firmware-code";
    private const string Vars = "firmware-vars";

    /// <summary>What the machine option says about the flash: empty where the machine type's own firmware is meant.</summary>
    public static string MachineOptions(VmFirmware? firmware) =>
        firmware is null ? "" : $",pflash0={Code},pflash1={Vars}{(firmware.RequiresSmm ? ",smm=on" : "")}";

    /// <summary>The block nodes of the flash, and its protection.</summary>
    public static IEnumerable<string> Build(VmFirmware? firmware)
    {
        if (firmware is null) return [];
        // Only code in System Management Mode may write to a protected flash: without it a guest could forge the variables.
        string[] secure = firmware.RequiresSmm ? ["-global", "driver=cfi.pflash01,property=secure,value=on"] : [];
        return
        [
            .. Node(Code, firmware.CodePath, firmware.CodeFormat, readOnly: true),
            .. Node(Vars, firmware.VarsPath, firmware.VarsFormat, readOnly: false),
            .. secure,
        ];
    }

    /// <summary>The TPM, which is a program of its own that listens on a socket.</summary>
    public static IEnumerable<string> Tpm(VmDefinition definition, RuntimeFolder folder) => !definition.Tpm ? [] :
    [
        "-chardev", $"socket,id=tpm0,path={QemuOption.Escape(folder.TpmSocket)}",
        "-tpmdev", "emulator,id=tpm0,chardev=tpm0",
        "-device", QemuOption.Json(new JsonObject { ["driver"] = "tpm-crb", ["id"] = "tpm0-device", ["tpmdev"] = "tpm0" }),
    ];

    private static IEnumerable<string> Node(string name, string path, string format, bool readOnly) =>
    [
        "-blockdev", QemuOption.Json(new JsonObject { ["driver"] = "file", ["node-name"] = $"{name}-file", ["filename"] = path, ["read-only"] = readOnly }),
        "-blockdev", QemuOption.Json(new JsonObject { ["driver"] = format, ["node-name"] = name, ["file"] = $"{name}-file", ["read-only"] = readOnly }),
    ];
}
