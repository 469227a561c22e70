using System.Runtime.InteropServices;
using QemuPS.Processes;

namespace QemuPS.Host;

/// <summary>The emulators that are installed here.</summary>
public static class Emulators
{
    private const string Prefix = "qemu-system-";

    /// <summary>The architecture of the host we run on, in QEMU's words.</summary>
    public static string OwnArchitecture => RuntimeInformation.OSArchitecture switch
    {
        Architecture.X64 => "x86_64",
        Architecture.X86 => "i386",
        Architecture.Arm64 => "aarch64",
        Architecture.Arm => "arm",
        Architecture.S390x => "s390x",
        Architecture.Ppc64le => "ppc64",
        var other => other.ToString().ToLowerInvariant(),
    };

    /// <summary>All of them by architecture; of two with the same name the first on the PATH.</summary>
    public static IReadOnlyList<QemuBinary> Installed() =>
        [.. Tool.Named(Prefix + "*")
            .Select(tool => new QemuBinary(tool.Name[Prefix.Length..], tool.Path))
            .OrderBy(binary => binary.Architecture, StringComparer.Ordinal)];

    /// <summary>The emulator of an architecture.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.ToolNotFound"/></exception>
    public static Tool For(string architecture) => Tool.Find(Prefix + architecture);

    /// <summary>The emulator of an architecture; null where it is not installed.</summary>
    public static Tool? TryFor(string architecture) => Tool.TryFind(Prefix + architecture);
}
