using QemuPS.Processes;

namespace QemuPS.Devices;

/// <summary>Writes to this host's kernel. A recorded host has none that would act on it.</summary>
public sealed class KernelWriter : IKernelWriter
{
    private static readonly TimeSpan ModuleLimit = TimeSpan.FromSeconds(60);

    private KernelWriter()
    {
    }

    /// <summary>The writer for a host.</summary>
    /// <param name="root">The host.</param>
    /// <exception cref="QemuException"><see cref="ErrorId.RecordedHost"/></exception>
    public static KernelWriter For(SysfsRoot root)
    {
        ArgumentNullException.ThrowIfNull(root);
        return root.IsThisHost ? new KernelWriter() : throw new QemuException(
            ErrorId.RecordedHost, $"{SysfsRoot.Variable} names the recorded host '{root.Folder}', which has no kernel that could change it.", $"Remove {SysfsRoot.Variable} to change this host; -WhatIf shows what would be done.");
    }

    /// <inheritdoc/>
    public async Task<int> WriteAsync(string path, string text, TimeSpan limit, CancellationToken cancellation)
    {
        // A write that hangs in a driver cannot be taken back: its thread is left to it.
        var writing = Task.Factory.StartNew(() => KernelFile.Write(path, text), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        return await writing.WaitAsync(limit, cancellation).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task<string?> LoadModuleAsync(string name, CancellationToken cancellation)
    {
        if (Tool.TryFind("modprobe") is not { } modprobe) return "modprobe is not installed";
        var result = await modprobe.RunAsync(["--", name], ModuleLimit, cancellation).ConfigureAwait(false);
        return result.ExitCode == 0 ? null : result.ErrorText;
    }
}
