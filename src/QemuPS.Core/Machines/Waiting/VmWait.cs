using System.Text.RegularExpressions;

namespace QemuPS;

/// <summary>What can be waited for.</summary>
public enum VmWaitTarget
{
    /// <summary>The guest's processors run.</summary>
    Running,
    /// <summary>QEMU has ended.</summary>
    Shutdown,
    /// <summary>The agent in the guest answers.</summary>
    GuestAgent,
    /// <summary>The guest has an address under which others can reach it; its agent tells.</summary>
    IPAddress,
    /// <summary>An SSH server in the guest answers at a port that is forwarded to it.</summary>
    Ssh,
    /// <summary>The guest takes a connection on a TCP port.</summary>
    Tcp,
    /// <summary>The guest has written a text to its first serial port.</summary>
    SerialText,
    /// <summary>QEMU tells an event.</summary>
    QmpEvent,
}

/// <summary>One thing to wait for.</summary>
/// <param name="Target">Of which kind.</param>
public sealed record VmWait(VmWaitTarget Target)
{
    /// <summary>The guest's TCP port.</summary>
    public int Port { get; init; }

    /// <summary>The text on the serial port.</summary>
    public Regex? Pattern { get; init; }

    /// <summary>Only text from now on counts; otherwise all since the machine was started.</summary>
    public bool NewTextOnly { get; init; }

    /// <summary>Whether an event of this name is meant.</summary>
    public Func<string, bool> IsEvent { get; init; } = _ => true;

    /// <summary>What is waited for, as a part of a sentence.</summary>
    public string Description { get; init; } = Target switch
    {
        VmWaitTarget.Running => "its guest to run",
        VmWaitTarget.Shutdown => "its end",
        VmWaitTarget.GuestAgent => "the agent in its guest",
        VmWaitTarget.IPAddress => "an address of its guest",
        VmWaitTarget.Ssh => "an SSH server in its guest",
        VmWaitTarget.Tcp => "a TCP port of its guest",
        VmWaitTarget.SerialText => "a text on its serial port",
        _ => "an event",
    };
}
