using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace QemuPS.Host;

/// <summary>How a guest fared in a virtual processor.</summary>
/// <param name="Ran">It came to its end.</param>
/// <param name="Outcome">Where and why it did not, in words; empty where it did.</param>
internal sealed record KvmRun(bool Ran, string Outcome);

/// <summary>
/// A guest of a hundred bytes (<c>KvmGuest.S</c>) in a virtual processor of its own, without a process
/// (Documentation/virt/kvm/api.rst). It begins where a processor begins after power-on, switches to protected mode and
/// uses the FPU, SSE and CPUID: what every firmware does first.
/// </summary>
internal sealed unsafe partial class KvmGuest : IDisposable
{
    private const ulong RomAddress = 0xffff0000;
    private const int RomSize = 0x10000;
    private const int ResetVector = 0xfff0;
    private const ushort DonePort = 0xf4;
    private const byte DoneValue = 0x10;
    private const int MostCpuidEntries = 256;
    private const int CpuidEntrySize = 40;
    private const int Urgent = 23;
    private const int Interrupted = 4;
    private const int ReadWrite = 3;
    private const int Shared = 1;
    private static readonly TimeSpan BetweenSignals = TimeSpan.FromMilliseconds(50);

    /// <summary>The bytes of <c>KvmGuest.S</c>.</summary>
    internal static readonly byte[] Code = Convert.FromHexString(
        "FA2E660F011634000F20C06683C8010F22C066EA3A00FFFF080066900000000000000000FFFF0000" +
        "009BCF00FFFF00000093CF0017001C00FFFFB8100000008ED88ED00F20C083E0FB83C8020F22C00F" +
        "20E00D000600000F22E09BDBE3D9E8D9EBDEC10F57C031C00FA2B010E6F4F4EBFD");

    private readonly byte* _rom = (byte*)NativeMemory.AlignedAlloc(RomSize, (nuint)Environment.SystemPageSize);
    private SafeFileHandle? _machine;
    private SafeFileHandle? _processor;
    private byte* _run;
    private nuint _runSize;

    private uint ExitReason => *(uint*)(_run + 8);

    /// <summary>Runs a guest until it says that it is done, fails, or the time is over.</summary>
    /// <param name="kvm">/dev/kvm, open.</param>
    /// <param name="code">The guest, from the first byte of the last 64 KiB below 4 GiB.</param>
    /// <param name="limit">How long it may take.</param>
    public static KvmRun Run(SafeFileHandle kvm, ReadOnlySpan<byte> code, TimeSpan limit)
    {
        try
        {
            using var guest = new KvmGuest();
            guest.FillRom(code);
            guest.Prepare(kvm);
            return guest.RunWithin(limit);
        }
        catch (IOException error)
        {
            return new KvmRun(false, error.Message);
        }
    }

    /// <summary>The version of KVM's interface; 12 since 2007.</summary>
    public static int ApiVersion(SafeFileHandle kvm) => Control(kvm, KvmRequest.GetApiVersion, 0, "ask for KVM's version");

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_run is not null) _ = Unmap(_run, _runSize);
        _processor?.Dispose();
        _machine?.Dispose();
        NativeMemory.AlignedFree(_rom);
    }

    private void Prepare(SafeFileHandle kvm)
    {
        _machine = Own(Control(kvm, KvmRequest.CreateVm, 0, "create a virtual machine"));
        // What Intel's processors without "unrestricted guest" need for real mode; the others ignore it.
        Control(_machine, KvmRequest.SetTssAddress, unchecked((nint)0xfffbd000), "set the task state's address");
        var identityMap = 0xfffbc000UL;
        Control(_machine, KvmRequest.SetIdentityMapAddress, (nint)(&identityMap), "set the identity map's address");
        var region = new MemoryRegion { GuestAddress = RomAddress, Size = RomSize, UserAddress = (ulong)_rom };
        Control(_machine, KvmRequest.SetUserMemoryRegion, (nint)(&region), "give the guest memory");
        _processor = Own(Control(_machine, KvmRequest.CreateVcpu, 0, "create a virtual processor"));
        PassCpuid(kvm, _processor);

        _runSize = (nuint)Control(kvm, KvmRequest.GetVcpuMmapSize, 0, "size the processor's state");
        var run = Map(0, _runSize, ReadWrite, Shared, _processor, 0);
        if (run == (void*)-1) throw Failure("map the processor's state");
        _run = (byte*)run;
    }

    // A processor that never leaves the guest leaves it for a signal. SIGURG harms nobody: it is ignored where nobody asked for it.
    private KvmRun RunWithin(TimeSpan limit)
    {
        using var interruption = PosixSignalRegistration.Create((PosixSignal)Urgent, context => context.Cancel = true);
        var (result, error, threadId, isOver) = (0, 0, 0, false);
        var thread = new Thread(() =>
        {
            Volatile.Write(ref threadId, ThreadId());
            do
            {
                result = Control(_processor!, (nuint)KvmRequest.Run, 0);
                error = Marshal.GetLastPInvokeError();
            }
            while (result < 0 && error == Interrupted && !Volatile.Read(ref isOver));
        });
        thread.Start();
        if (thread.Join(limit)) return result < 0 ? new KvmRun(false, $"KVM_RUN: {Marshal.GetPInvokeErrorMessage(error)}") : Judge();

        Volatile.Write(ref isOver, true);
        do _ = SignalThread(Environment.ProcessId, Volatile.Read(ref threadId), Urgent);
        while (!thread.Join(BetweenSignals));
        return new KvmRun(false, string.Create(CultureInfo.InvariantCulture, $"the guest did not come to an end within {limit.TotalSeconds:0.#} s"));
    }

    private KvmRun Judge() => ExitReason switch
    {
        2 when IsDone => new KvmRun(true, ""),
        8 => new KvmRun(false, $"the guest crashed{At()}"),
        9 => new KvmRun(false, $"the processor did not enter the guest, hardware reason 0x{*(ulong*)(_run + 32):x}"),
        17 => new KvmRun(false, $"KVM internal error, suberror {*(uint*)(_run + 32)}{Explain(*(uint*)(_run + 32))}{At()}"),
        _ => new KvmRun(false, $"the guest stopped with exit reason {ExitReason}{At()}"),
    };

    private bool IsDone => _run[32] == 1 && *(ushort*)(_run + 34) == DonePort && _run[*(ulong*)(_run + 40)] == DoneValue;

    private static string Explain(uint error) => error switch
    {
        1 => " (emulation failure)",
        2 => " (an exception while another was delivered)",
        3 => " (an exit while an event was delivered)",
        4 => " (an exit that KVM does not know)",
        _ => "",
    };

    // Where the guest was, with the bytes it was about to execute.
    private string At()
    {
        var registers = stackalloc ulong[18];
        if (Control(_processor!, (nuint)KvmRequest.GetRegisters, (nint)registers) < 0) return "";
        var address = registers[16];
        if (address < RomAddress || address + 8 > RomAddress + RomSize) return $" at 0x{address:x}";
        var bytes = new ReadOnlySpan<byte>(_rom + (address - RomAddress), 4);
        return $" at 0x{address:x}, instruction {string.Join(' ', bytes.ToArray().Select(value => value.ToString("x2", CultureInfo.InvariantCulture)))}";
    }

    // As QEMU does: the guest sees every feature that KVM can give it.
    private static void PassCpuid(SafeFileHandle kvm, SafeFileHandle processor)
    {
        var table = new byte[8 + (MostCpuidEntries * CpuidEntrySize)];
        fixed (byte* start = table)
        {
            *(uint*)start = MostCpuidEntries;
            Control(kvm, KvmRequest.GetSupportedCpuid, (nint)start, "ask for the processor's features");
            Control(processor, KvmRequest.SetCpuid, (nint)start, "set the processor's features");
        }
    }

    private void FillRom(ReadOnlySpan<byte> code)
    {
        var rom = new Span<byte>(_rom, RomSize);
        rom.Clear();
        code.CopyTo(rom);
        // A jump to the first byte.
        ReadOnlySpan<byte> jump = [0xE9, 0x0D, 0x00];
        jump.CopyTo(rom[ResetVector..]);
    }

    private static SafeFileHandle Own(int descriptor) => new(descriptor, ownsHandle: true);

    private static int Control(SafeFileHandle file, KvmRequest request, nint argument, string what)
    {
        var result = Control(file, (nuint)request, argument);
        return result >= 0 ? result : throw Failure(what);
    }

    private static IOException Failure(string what) => new($"KVM does not {what}: {Marshal.GetLastPInvokeErrorMessage()}");

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int Control(SafeFileHandle file, nuint request, nint argument);

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    private static partial void* Map(nint address, nuint length, int protection, int flags, SafeFileHandle file, long offset);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Unmap(void* address, nuint length);

    [LibraryImport("libc", EntryPoint = "gettid")]
    private static partial int ThreadId();

    [LibraryImport("libc", EntryPoint = "tgkill")]
    private static partial int SignalThread(int process, int thread, int signal);

    // <linux/kvm.h> on x86-64.
    private enum KvmRequest : uint
    {
        GetApiVersion = 0xae00,
        CreateVm = 0xae01,
        GetVcpuMmapSize = 0xae04,
        GetSupportedCpuid = 0xc008ae05,
        CreateVcpu = 0xae41,
        SetUserMemoryRegion = 0x4020ae46,
        SetTssAddress = 0xae47,
        SetIdentityMapAddress = 0x4008ae48,
        Run = 0xae80,
        GetRegisters = 0x8090ae81,
        SetCpuid = 0x4008ae90,
    }

    // struct kvm_userspace_memory_region.
    [StructLayout(LayoutKind.Sequential)]
    private struct MemoryRegion
    {
        public uint Slot;
        public uint Flags;
        public ulong GuestAddress;
        public ulong Size;
        public ulong UserAddress;
    }
}
