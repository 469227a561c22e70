using System.Runtime.InteropServices;

namespace QemuPS.Devices;

/// <summary>What the kernel answers to a write, in words that say what it means there.</summary>
internal static class KernelErrors
{
    public const int NotPermitted = 1;
    public const int NoSuchFile = 2;
    public const int NoDevice = 19;
    public const int AccessDenied = 13;
    public const int Busy = 16;
    public const int FileExists = 17;
    public const int Invalid = 22;
    public const int NoSpace = 28;
    public const int ReadOnly = 30;

    /// <summary>The system's own word for an error number.</summary>
    public static string Name(int error) => Marshal.GetPInvokeErrorMessage(error);

    /// <summary>A refusal that has nothing to do with the device, as an error of ours; null for every other.</summary>
    public static QemuException? Forbidden(int error, string what) => error switch
    {
        NotPermitted or AccessDenied => new QemuException(ErrorId.AccessDenied, $"{what}: only root may do that.", "Start PowerShell as root: sudo pwsh"),
        ReadOnly => new QemuException(ErrorId.AccessDenied, $"{what}: /sys is mounted read-only, as in a container.", "Do it on the host itself."),
        _ => null,
    };
}
