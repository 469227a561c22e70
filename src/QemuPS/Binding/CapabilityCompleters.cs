using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using QemuPS.Host;

namespace QemuPS.Binding;

/// <summary>Completes from what the emulator says it can do: the one of <c>-Architecture</c>, else the host's own.</summary>
public abstract class CapabilityCompleter : IArgumentCompleter
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        ArgumentNullException.ThrowIfNull(fakeBoundParameters);
        return Capabilities(fakeBoundParameters["Architecture"] as string) is { } capabilities ? Completions.Of(Words(capabilities), wordToComplete) : [];
    }

    /// <summary>The words there are, with what they mean.</summary>
    protected abstract IEnumerable<(string Value, string Meaning)> Words(QemuCapabilities capabilities);

    private static QemuCapabilities? Capabilities(string? architecture)
    {
        if (Emulators.TryFor(architecture ?? Emulators.OwnArchitecture) is not { } emulator) return null;
        using var limit = new CancellationTokenSource(Patience);
        try
        {
            return CapabilityCache.GetAsync(emulator, NoFeedback.Instance, limit.Token).GetAwaiter().GetResult();
        }
        catch (Exception error) when (error is QemuException or OperationCanceledException)
        {
            // A completion that fails is an empty one; the command itself will say what is wrong.
            return null;
        }
    }
}

/// <summary>Completes QEMU's machine types, by their short names too.</summary>
public sealed class MachineTypeCompleter : CapabilityCompleter
{
    /// <inheritdoc/>
    protected override IEnumerable<(string Value, string Meaning)> Words(QemuCapabilities capabilities)
    {
        ArgumentNullException.ThrowIfNull(capabilities);
        var aliases = capabilities.MachineTypes.Where(type => type.Alias is not null).Select(type => (type.Alias!, type.Name));
        return aliases.Concat(capabilities.MachineTypes.Select(type => (type.Name, type.IsDeprecated ? "deprecated" : type.Alias ?? type.Name)));
    }
}

/// <summary>Completes QEMU's CPU models.</summary>
public sealed class CpuModelCompleter : CapabilityCompleter
{
    /// <inheritdoc/>
    protected override IEnumerable<(string Value, string Meaning)> Words(QemuCapabilities capabilities)
    {
        ArgumentNullException.ThrowIfNull(capabilities);
        return capabilities.CpuModels.Select(model => (model.Name, model.IsDeprecated ? "deprecated" : model.Name));
    }
}

/// <summary>Completes QEMU's network adapters for PCI.</summary>
public sealed class NetworkModelCompleter : CapabilityCompleter
{
    /// <inheritdoc/>
    protected override IEnumerable<(string Value, string Meaning)> Words(QemuCapabilities capabilities)
    {
        ArgumentNullException.ThrowIfNull(capabilities);
        return capabilities.Devices.Where(device => device is { Category: "Network", Bus: "PCI" }).Select(device => (device.Name, device.Description ?? device.Name));
    }
}

/// <summary>Completes the architectures that an emulator is installed for.</summary>
public sealed class ArchitectureCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters) =>
        Completions.Of(Emulators.Installed().Select(binary => (binary.Architecture, binary.Path)), wordToComplete);
}
