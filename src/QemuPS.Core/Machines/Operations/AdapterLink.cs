using System.Text.Json.Nodes;
using QemuPS.Qmp;

namespace QemuPS.Machines;

/// <summary>The cable of a network adapter of a running machine. QEMU does not tell whether it is plugged in: a mark does.</summary>
internal static class AdapterLink
{
    /// <summary>Plugs the cable in, or pulls it out.</summary>
    public static async Task SetAsync(Machine machine, QmpConnection connection, string id, VmLinkState state, CancellationToken cancellation)
    {
        var arguments = new JsonObject { ["name"] = NetworkArguments.DeviceId(id), ["up"] = state == VmLinkState.Up };
        await connection.ExecuteAsync("set_link", arguments, Machine.AnswerTimeout, cancellation).ConfigureAwait(false);
        var marks = new RuntimeMarks(machine.Folder);
        if (state == VmLinkState.Up) marks.Clear(RuntimeMarks.LinkDown, id);
        else marks.Set(RuntimeMarks.LinkDown, id);
    }

    /// <summary>Whether the cable is plugged in.</summary>
    public static VmLinkState Read(Machine machine, string id) =>
        new RuntimeMarks(machine.Folder).Has(RuntimeMarks.LinkDown, id) ? VmLinkState.Down : VmLinkState.Up;
}
