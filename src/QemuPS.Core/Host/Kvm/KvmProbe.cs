using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace QemuPS.Host;

/// <summary>What is known about KVM on this host.</summary>
/// <param name="Works">A guest really runs.</param>
/// <param name="Reason">Why it does not, as the end of a sentence; empty where it works.</param>
/// <param name="Fix">A command or sentence that helps, where there is one.</param>
/// <param name="CanOpen">This user can open <c>/dev/kvm</c>.</param>
/// <param name="ApiVersion">The version of KVM's interface; null where it could not be asked.</param>
public sealed record KvmVerdict(bool Works, string Reason, string? Fix = null, bool CanOpen = false, int? ApiVersion = null);

/// <summary>
/// Finds out whether KVM runs guests here. That <c>/dev/kvm</c> opens proves little: inside some virtual machines it
/// opens, and every real guest stops at once with "KVM internal error". So a guest of a hundred bytes is run in a
/// virtual processor, which takes a few milliseconds and no process.
/// </summary>
public static class KvmProbe
{
    /// <summary>The only version there has been since KVM's interface is stable.</summary>
    internal const int StableApi = 12;

    /// <summary>KVM's device node.</summary>
    public const string Device = "/dev/kvm";
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    /// <summary>Examines KVM on the host we run on.</summary>
    public static KvmVerdict Examine()
    {
        try
        {
            using var device = File.OpenHandle(Device, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
            return Examine(device);
        }
        catch (FileNotFoundException)
        {
            return new KvmVerdict(false, $"there is no {Device}: the processor's virtualisation is off in the firmware, or the module is not loaded", "sudo modprobe -a kvm_intel kvm_amd");
        }
        catch (UnauthorizedAccessException)
        {
            return new KvmVerdict(false, $"you may not open {Device}", "sudo usermod -aG kvm $USER   # then log in again");
        }
        catch (IOException error)
        {
            return new KvmVerdict(false, $"{Device} cannot be opened: {error.Message}");
        }
    }

    private static KvmVerdict Examine(SafeFileHandle device)
    {
        var version = KvmGuest.ApiVersion(device);
        if (version != StableApi) return new KvmVerdict(false, $"{Device} speaks version {version} of its interface, not {StableApi}", CanOpen: true, ApiVersion: version);
        // The guest is one for PCs; elsewhere the device has to be believed.
        if (RuntimeInformation.ProcessArchitecture != Architecture.X64) return new KvmVerdict(true, "", CanOpen: true, ApiVersion: version);

        var run = KvmGuest.Run(device, KvmGuest.Code, Limit);
        return run.Ran
            ? new KvmVerdict(true, "", CanOpen: true, ApiVersion: version)
            : new KvmVerdict(false, $"KVM opens, but does not run a guest here ({run.Outcome})", CanOpen: true, ApiVersion: version);
    }
}
