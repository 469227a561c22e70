using System.IO.Pipes;
using System.Runtime.InteropServices;

namespace QemuPS.Processes;

/// <summary>A pipe inside this process, to wake up who waits in the kernel.</summary>
internal sealed class AnonymousPipe : IDisposable
{
    private readonly AnonymousPipeServerStream _writer = new(PipeDirection.Out);
    private readonly AnonymousPipeClientStream _reader;

    public AnonymousPipe() => _reader = new AnonymousPipeClientStream(PipeDirection.In, _writer.ClientSafePipeHandle);

    /// <summary>Ready to be read once <see cref="Signal"/> was called.</summary>
    public SafeHandle Reader => _reader.SafePipeHandle;

    public void Signal() => _writer.WriteByte(1);

    public void Dispose()
    {
        _reader.Dispose();
        _writer.Dispose();
    }
}
