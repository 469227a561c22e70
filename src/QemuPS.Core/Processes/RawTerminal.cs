using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace QemuPS.Processes;

/// <summary>
/// This process's terminal, every key as a byte: nothing is echoed, no key is a signal (termios(3), cfmakeraw). Disposing
/// gives it back as it was.
/// </summary>
public sealed partial class RawTerminal : IDisposable
{
    private const int Now = 0;
    // struct termios has 60 bytes with glibc; others have no more than this.
    private const int SettingsSize = 256;

    private readonly byte[] _before = new byte[SettingsSize];

    private RawTerminal()
    {
    }

    /// <summary>Whether there is a terminal to read from.</summary>
    public static bool IsThere
    {
        get
        {
            using var keyboard = StandardInput();
            return IsTerminal(keyboard) == 1;
        }
    }

    /// <summary>What is typed, to be waited for.</summary>
    public SafeHandle Keyboard { get; } = StandardInput();

    /// <summary>Takes the terminal.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.NotSupported"/> where there is none.</exception>
    public static RawTerminal Take()
    {
        var terminal = new RawTerminal();
        if (GetSettings(terminal.Keyboard, terminal._before) != 0) throw new QemuException(ErrorId.NotSupported, "There is no terminal here.");
        var raw = (byte[])terminal._before.Clone();
        MakeRaw(raw);
        if (SetSettings(terminal.Keyboard, Now, raw) != 0) throw QemuException.FromIO("Cannot change the terminal", new IOException(Marshal.GetLastPInvokeErrorMessage()));
        return terminal;
    }

    /// <summary>Reads what was typed; waits until there is something. 0 when the terminal has gone.</summary>
    public int Read(Span<byte> buffer)
    {
        var count = ReadBytes(Keyboard, buffer, buffer.Length);
        return (int)Math.Max(0, count);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _ = SetSettings(Keyboard, Now, _before);
        Keyboard.Dispose();
    }

    private static SafeFileHandle StandardInput() => new(0, ownsHandle: false);

    [LibraryImport("libc", EntryPoint = "isatty")]
    private static partial int IsTerminal(SafeHandle descriptor);

    [LibraryImport("libc", EntryPoint = "tcgetattr", SetLastError = true)]
    private static partial int GetSettings(SafeHandle descriptor, byte[] settings);

    [LibraryImport("libc", EntryPoint = "tcsetattr", SetLastError = true)]
    private static partial int SetSettings(SafeHandle descriptor, int when, byte[] settings);

    [LibraryImport("libc", EntryPoint = "cfmakeraw")]
    private static partial void MakeRaw(byte[] settings);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static partial nint ReadBytes(SafeHandle descriptor, Span<byte> buffer, nint count);
}
