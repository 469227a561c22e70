namespace QemuPS.Devices;

/// <summary>
/// The way in which the kernel is told to change something: what is written to a file of sysfs, and modules that are
/// loaded. Answers are error numbers of the system, as the kernel gives them; nothing is believed before it was read back.
/// </summary>
public interface IKernelWriter
{
    /// <summary>Writes a text to a file of the kernel by one write(2).</summary>
    /// <param name="path">The file's path on the host.</param>
    /// <param name="text">The text.</param>
    /// <param name="limit">How long it may take: a driver that is asked to let go of a device may never answer.</param>
    /// <param name="cancellation">Ends the wait; what the kernel is about goes on.</param>
    /// <returns>Zero, or the error number.</returns>
    /// <exception cref="TimeoutException">The kernel has not answered within the limit.</exception>
    Task<int> WriteAsync(string path, string text, TimeSpan limit, CancellationToken cancellation);

    /// <summary>Loads a module, by its name or an alias.</summary>
    /// <param name="name">Its name, or a device's alias: <c>pci:v00008086d...</c>.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <returns>Null, or why it could not be loaded.</returns>
    Task<string?> LoadModuleAsync(string name, CancellationToken cancellation);
}
