using System.Text.Json;
using System.Text.Json.Nodes;
using QemuPS.Processes;

namespace QemuPS.Machines;

/// <summary>
/// What Save-QemuVm leaves in a machine's folder: <c>state.vmstate</c>, QEMU's migration stream with the guest's memory and
/// devices, or a link to it, and <c>state.json</c>, what has to be known to go on from it. The state is there as soon as <c>state.vmstate</c> is.
/// </summary>
internal sealed record SavedState
{
    /// <summary>The machine that was saved: QEMU has to be built up the same again.</summary>
    public required MachineBuild Build { get; init; }

    /// <summary>The definition it ran with.</summary>
    public VmDefinition Definition => Build.Definition;

    /// <summary>The guest ran when it was saved; otherwise it was paused.</summary>
    public required bool WasRunning { get; init; }

    /// <summary>The QEMU that wrote the state.</summary>
    public required string QemuVersion { get; init; }

    /// <summary>The disks as the guest left them.</summary>
    public required IReadOnlyList<SavedDisk> Disks { get; init; }

    /// <summary>What the stream is known by; null in a state of an older version.</summary>
    public string? Fingerprint { get; init; }

    /// <summary>Whether the machine has a state to go on from.</summary>
    public static bool Exists(Machine machine) => new StateFile(machine).IsThere;

    /// <summary>Reads the state's description, or returns null where there is no state.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.SavedStateInvalid"/> when it cannot be read.</exception>
    public static SavedState? Find(Machine machine)
    {
        if (!Exists(machine)) return null;
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(DescriptionOf(machine)));
            return Parse(document.RootElement, DescriptionOf(machine));
        }
        catch (Exception error) when (error is IOException or JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw Invalid(machine, $"its description cannot be read: {error.Message}", error);
        }
    }

    /// <summary>Makes the complete stream the machine's state.</summary>
    public void Commit(Machine machine)
    {
        AtomicFile.Write(DescriptionOf(machine), ToJson());
        new StateFile(machine).Commit();
    }

    /// <summary>Removes the state: the guest has gone on from it, or shall not.</summary>
    public static void Discard(Machine machine)
    {
        new StateFile(machine).Delete(TryFingerprint(machine));
        File.Delete(DescriptionOf(machine));
    }

    /// <summary>Removes what was written of a state that did not become one.</summary>
    public static void DiscardPartial(Machine machine) => new StateFile(machine).DeletePartial(TryFingerprint(machine));

    /// <summary>The files that a state is made of, each with its name in the machine's folder.</summary>
    public static IReadOnlyList<(string Path, string Name)> FilesOf(Machine machine) =>
        [(new StateFile(machine).Path, Path.GetFileName(machine.SavedStatePath)), (DescriptionOf(machine), Path.GetFileName(DescriptionOf(machine)))];

    /// <summary>Ties a state that has come with its disks to another place to where they are now.</summary>
    /// <param name="machine">The machine, imported.</param>
    /// <param name="now">Its definition, which was looked at.</param>
    /// <param name="isTrusted">What the state's own definition reaches beyond that is meant.</param>
    /// <exception cref="QemuException"><see cref="ErrorId.UntrustedDefinition"/>: it is the state's definition that QEMU would be started with.</exception>
    public static void Settle(Machine machine, VmDefinition now, bool isTrusted)
    {
        if (Find(machine) is not { } state) return;
        var drives = state.Definition.Drives.Select(drive => now.Drives.FirstOrDefault(other => other.Id == drive.Id) is { } moved ? drive with { Path = moved.Path } : drive);
        var settled = state.Definition with { Name = now.Name, Drives = [.. drives], Firmware = now.Firmware };
        if (!isTrusted) RequireNoMoreThan(machine, now, settled);
        AtomicFile.Write(DescriptionOf(machine), (state with { Build = state.Build with { Definition = settled }, Disks = SavedDisk.Of(settled) }).ToJson());
    }

    private static void RequireNoMoreThan(Machine machine, VmDefinition now, VmDefinition then)
    {
        var folder = machine.Store.FolderOf(machine.Name);
        var more = DefinitionReview.Find(then, folder).Except(DefinitionReview.Find(now, folder)).ToList();
        if (more.Count == 0) return;
        throw new QemuException(
            ErrorId.UntrustedDefinition,
            $"The saved state of '{machine.Name}' reaches further than its definition does:\n{string.Join("\n", more.Select(finding => $"  - {finding}"))}",
            "Add -Force when all of this is meant, or remove state.json and state.vmstate from the export.");
    }

    /// <summary>Throws when the stream is not there, or is not the one that was written.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.SavedStateInvalid"/></exception>
    public void RequireStream(Machine machine)
    {
        var file = new StateFile(machine);
        if (!file.IsReachable) throw Invalid(machine, $"'{file.Path}', where it was saved, is not there; mount or bring back what it is on");
        if (Fingerprint is not null && Fingerprint != StateFingerprint.Of(file.Path)) throw Invalid(machine, $"'{file.Path}' is not what was saved: it is damaged, or another file");
    }

    /// <summary>Throws when the state and the disks do not belong together any more: to go on would destroy the file systems on them.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.SavedStateInvalid"/></exception>
    public void RequireDisks(Machine machine)
    {
        if (Disks.FirstOrDefault(disk => !disk.IsUnchanged) is { } changed) throw Invalid(machine, $"the disk '{changed.Path}' was changed after the machine was saved");
    }

    public static QemuException Invalid(Machine machine, string why, Exception? inner = null) => new(
        ErrorId.SavedStateInvalid,
        $"'{machine.Name}' cannot go on from its saved state: {why}.",
        $"Start-QemuVm '{machine.Name}' -DiscardState   # gives up the state, as if the power had failed when it was saved",
        inner);

    private static string DescriptionOf(Machine machine) => Path.ChangeExtension(machine.SavedStatePath, ".json");

    // A description that cannot be read tells of no file that could be deleted.
    private static string? TryFingerprint(Machine machine)
    {
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(DescriptionOf(machine)));
            return document.RootElement.TryGetProperty("fingerprint", out var fingerprint) ? fingerprint.GetString() : null;
        }
        catch (Exception error) when (error is IOException or JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private byte[] ToJson()
    {
        var document = new JsonObject
        {
            ["qemuVersion"] = QemuVersion,
            ["wasRunning"] = WasRunning,
            ["fingerprint"] = Fingerprint,
            ["disks"] = new JsonArray([.. Disks.Select(disk => new JsonObject { ["path"] = disk.Path, ["length"] = disk.Length, ["modified"] = disk.ModifiedTicks })]),
        };
        Build.WriteTo(document);
        return JsonSerializer.SerializeToUtf8Bytes(document);
    }

    private static SavedState Parse(JsonElement root, string source) => new()
    {
        QemuVersion = root.GetProperty("qemuVersion").GetString()!,
        WasRunning = root.GetProperty("wasRunning").GetBoolean(),
        Disks = [.. root.GetProperty("disks").EnumerateArray().Select(disk => new SavedDisk(disk.GetProperty("path").GetString()!, disk.GetProperty("length").GetInt64(), disk.GetProperty("modified").GetInt64()))],
        Fingerprint = root.TryGetProperty("fingerprint", out var fingerprint) ? fingerprint.GetString() : null,
        Build = MachineBuild.Parse(root, source),
    };
}
