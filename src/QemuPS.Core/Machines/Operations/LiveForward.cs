namespace QemuPS.Machines;

/// <summary>A port at which a running QEMU listens for its user-mode network.</summary>
/// <param name="Adapter">The network back end: <c>net0</c>.</param>
/// <param name="Protocol">TCP or UDP.</param>
/// <param name="HostAddress">The host's address.</param>
/// <param name="HostPort">The host's port.</param>
/// <param name="GuestPort">The guest's port.</param>
internal sealed record LiveForward(string Adapter, VmPortProtocol Protocol, string HostAddress, int HostPort, int GuestPort)
{
    /// <summary>Whether it is what a definition's forward became.</summary>
    public bool IsOf(string adapter, VmPortForward forward) =>
        Adapter == adapter && Protocol == forward.Protocol && GuestPort == forward.GuestPort && HostAddress == forward.HostAddress && (forward.HostPort == 0 || forward.HostPort == HostPort);
}
