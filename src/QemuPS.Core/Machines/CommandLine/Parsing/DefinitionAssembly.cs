using System.Globalization;
using QemuPS.Disks;

namespace QemuPS.Machines;

/// <summary>Makes a definition of what a command line said: what fits a property becomes one, all else is kept.</summary>
internal sealed class DefinitionAssembly(MachineDraft draft, CommandLineSource source, IFeedback feedback)
{
    private readonly MachineDraft _draft = draft;
    private readonly CommandLineSource _source = source;
    private readonly IFeedback _feedback = feedback;
    private readonly HashSet<string> _usedIds = new(StringComparer.Ordinal);

    public VmDefinition Assemble()
    {
        var groups = Groups();
        var boot = ChooseBoot(groups);
        if (_draft.Usb.IsWanted && !groups.OfType<UsbControllerGroup>().Any()) _draft.KeepInstead(new GivenOption("usb", null, default, -1), ["-usb"]);
        var definition = new VmDefinition
        {
            Name = Name(),
            Id = _draft.Id ?? Guid.NewGuid(),
            MachineType = _draft.MachineType,
            Accelerator = _draft.Accelerator,
            CpuModel = _draft.CpuModel,
            ProcessorCount = _draft.ProcessorCount,
            MemoryStartupBytes = _draft.MemoryBytes,
            BootOrder = boot,
            Drives = Drives(groups),
            NetworkAdapters = Adapters(groups),
            Vga = groups.OfType<VgaGroup>().FirstOrDefault()?.Vga ?? _draft.Vga ?? DefaultVga(),
            Sound = groups.OfType<SoundGroup>().FirstOrDefault()?.Sound ?? VmSound.None,
            UsbController = groups.OfType<UsbControllerGroup>().FirstOrDefault()?.Controller ?? VmUsbController.None,
            UsbDevices = [.. groups.OfType<UsbDeviceGroup>().Select(group => group.Device)],
            Tablet = groups.OfType<UsbControllerGroup>().Any(group => group.HasTablet),
            PciDevices = [.. groups.OfType<PciDeviceGroup>().SelectMany(group => group.Devices)],
            SharedFolders = [.. groups.OfType<SharedFolderGroup>().Select(group => group.Folder)],
            HotplugPortCount = groups.OfType<HotplugPortGroup>().FirstOrDefault()?.Options.Count ?? 0,
            KernelPath = _draft.KernelPath,
            InitrdPath = _draft.InitrdPath,
            KernelCommandLine = _draft.KernelCommandLine,
            // What a q35 has by custom with us, this one has only where the command line says so.
            GuestAgent = _draft.Consoles.HasAgentChannel == MachineTypes.IsPc(_draft.MachineType) ? _draft.Consoles.HasAgentChannel : null,
            QemuArgument = [.. _draft.Kept.SelectMany(kept => kept.Words)],
        };
        SayWhatIsKept(definition.Name);
        DefinitionRules.Require(definition, _source.Name ?? "The command line");
        return definition;
    }

    // An option that is kept may speak of something that could be a property: then that is kept as well, and so on.
    private List<DraftGroup> Groups()
    {
        var devices = _draft.Devices.All;
        var ports = _draft.Consoles.Finish(devices);
        List<DraftGroup> groups = [.. _draft.Drives.Groups(devices), .. _draft.Network.Groups(devices), .. _draft.Devices.Groups(), new StandardGroup(ports)];
        foreach (var option in AllOptions().Except(groups.SelectMany(group => group.Options))) _draft.Keep(option);
        while (groups.FirstOrDefault(IsMentioned) is { } mentioned) KeepGroup(groups, mentioned);
        if (_draft.Kept.Any(kept => kept.HasBootIndex))
        {
            while (groups.FirstOrDefault(group => group.HasBootIndex || IsMentioned(group)) is { } numbered) KeepGroup(groups, numbered);
        }

        if (groups.Exists(IsVirtioFs)) _draft.DropSharedMemory();
        ClearIds(groups);
        return groups;
    }

    private static bool IsVirtioFs(DraftGroup group) => group is SharedFolderGroup { Folder.Type: VmSharedFolderType.VirtioFs };

    private IEnumerable<GivenOption> AllOptions() => [.. _draft.Drives.Options, .. _draft.Network.Options, .. _draft.Devices.Options, .. _draft.Shares.Options];

    private bool IsMentioned(DraftGroup group) => group.Ids.Any(id => _draft.Kept.Any(kept => kept.Mentions(id)));

    private void KeepGroup(List<DraftGroup> groups, DraftGroup group)
    {
        groups.Remove(group);
        foreach (var option in group.Options) _draft.Keep(option);
    }

    // What is kept gives way to the ids that the builder uses itself.
    private void ClearIds(List<DraftGroup> groups)
    {
        var ids = _draft.Kept.SelectMany(kept => kept.Ids).ToHashSet(StringComparer.Ordinal);
        _usedIds.UnionWith(ids);
        _usedIds.UnionWith(OwnIds(groups));
        foreach (var id in ids.Intersect(OwnIds(groups)).ToList())
        {
            var other = Enumerable.Range(1, int.MaxValue).Select(number => string.Create(CultureInfo.InvariantCulture, $"{id}-{number}")).First(_usedIds.Add);
            _draft.RenameKept(id, other);
            _feedback.Verbose($"The id '{id}' becomes '{other}': QemuPS uses it itself.");
        }
    }

    private IEnumerable<string> OwnIds(List<DraftGroup> groups)
    {
        IEnumerable<string> ids = ["qmp", "events", "serial0", "serial0-port"];
        if (_draft.IsPc) ids = ids.Concat(["parallel0", "parallel0-port", "floppy0"]);
        var buses = groups.OfType<DriveGroup>().SelectMany(group => group.Drives).Select(drive => drive.Bus).ToList();
        if (buses.Contains(VmDiskBus.VirtioScsi)) ids = ids.Append("scsi");
        if (_draft.IsPc && buses.Contains(VmDiskBus.Sata)) ids = ids.Append("sata");
        if (groups.Any(group => group is UsbControllerGroup or UsbDeviceGroup)) ids = ids.Append("usb");
        if (groups.Exists(IsVirtioFs)) ids = ids.Append("shared-memory");
        if (groups.OfType<UsbControllerGroup>().Any(group => group.HasTablet)) ids = ids.Append("tablet0");
        return groups.OfType<SoundGroup>().Any() ? ids.Concat(["sound0", "sound0-codec", "audio0"]) : ids;
    }

    // Letters (-boot) and numbers (bootindex) do not go together. Where something that is kept could be booted from, the
    // firmware has to find its own way as it did.
    private IReadOnlyList<VmBootDevice> ChooseBoot(List<DraftGroup> groups)
    {
        var numbered = NumberedKinds(groups);
        var isKept = _draft.Kept.Any(kept => kept.HasBootIndex || kept.Option.Name is "drive" or "blockdev" or "hda" or "hdb" or "hdc" or "hdd" or "cdrom" or "netdev" or "nic" or "net");
        if (numbered.Count > 0) return [.. numbered.Union(_draft.NoDefaults ? [] : Enum.GetValues<VmBootDevice>())];
        if (_draft.Boot is null) return isKept || _draft.NoDefaults ? [] : [VmBootDevice.Disk, VmBootDevice.CdRom, VmBootDevice.Network];
        if (!isKept && _draft.Boot.IsPlain) return _draft.Boot.Devices;
        _draft.KeepInstead(_draft.Boot.Option, _draft.Boot.Words);
        return [];
    }

    private static List<VmBootDevice> NumberedKinds(List<DraftGroup> groups)
    {
        var drives = groups.OfType<DriveGroup>().SelectMany(group => group.Drives)
            .Select(drive => (drive.BootIndex, Kind: drive.Kind == VmDriveKind.CdRom ? VmBootDevice.CdRom : VmBootDevice.Disk));
        var adapters = groups.OfType<AdapterGroup>().Select(group => (group.BootIndex, Kind: VmBootDevice.Network));
        return [.. drives.Concat(adapters).Where(device => device.BootIndex is not null).OrderBy(device => device.BootIndex).Select(device => device.Kind).Distinct()];
    }

    private List<VmDrive> Drives(List<DraftGroup> groups)
    {
        var drafts = groups.OfType<DriveGroup>().SelectMany(group => group.Drives).OrderBy(drive => (drive.Position.Line, drive.Position.Column)).ToList();
        SortAmongThemselves(drafts, drive => drive.Bus is VmDiskBus.Ide or VmDiskBus.Sata, drive => drive.Index);
        foreach (var kind in Enum.GetValues<VmDriveKind>()) SortAmongThemselves(drafts, drive => drive.Kind == kind && drive.BootIndex is not null, drive => drive.BootIndex!.Value);
        var hasDisc = _draft.NoDefaults || _draft.IsMicrovm || _draft.Drives.HasDefaultDisc || _draft.Devices.HasDisc;
        if (!hasDisc) drafts.Add(new DraftDrive { Kind = VmDriveKind.CdRom, Format = "raw", Bus = VmDiskBus.Ide, ReadOnly = true });
        return [.. drafts.Select(ToDrive)];
    }

    // Only those that are meant change places with one another.
    private static void SortAmongThemselves(List<DraftDrive> drives, Predicate<DraftDrive> isMeant, Func<DraftDrive, int> key)
    {
        var sorted = new Queue<DraftDrive>(drives.Where(drive => isMeant(drive)).OrderBy(key));
        for (var place = 0; place < drives.Count; place++)
        {
            if (isMeant(drives[place])) drives[place] = sorted.Dequeue();
        }
    }

    private VmDrive ToDrive(DraftDrive drive) => new()
    {
        Id = FreeId(drive.Id, drive.Kind == VmDriveKind.CdRom ? "cd" : "disk"),
        Kind = drive.Kind,
        Path = drive.Path,
        Format = drive.Format ?? FormatOf(drive),
        Bus = drive.Bus,
        ReadOnly = drive.ReadOnly,
        Serial = drive.Serial,
        Cache = drive.Caching.Cache,
        Discard = drive.Caching.Discard,
        WriteError = drive.WriteError,
    };

    // QEMU would look at every start, and believe what a guest may have written.
    private string FormatOf(DraftDrive drive)
    {
        if (drive.Path is not { } path) return "raw";
        if (File.Exists(path))
        {
            try
            {
                if (DiskReader.TryReadHeader(path, null, out var disk)) return disk.Format;
            }
            catch (QemuException error)
            {
                _feedback.Warning($"{drive.Position}: the format of '{path}' cannot be read and is taken to be raw. {error.Message}");
                return "raw";
            }
        }

        var guess = DiskFormats.FromExtension(path)?.ToQemuName() ?? "raw";
        _feedback.Warning($"{drive.Position}: '{path}' {(File.Exists(path) ? "does not show its format" : "is not there")}, and the command does not say which format it has: it is taken to be {guess}.");
        return guess;
    }

    private List<VmNetworkAdapter> Adapters(List<DraftGroup> groups)
    {
        var number = 0;
        return [.. groups.OfType<AdapterGroup>().OrderBy(group => group.BootIndex ?? int.MaxValue).Select(group => group.Adapter with
        {
            Id = FreeId(group.Adapter.Id, "net"),
            // net/net.c, qemu_macaddr_default_if_unset: a guest knows its network by it.
            MacAddress = group.MacAddress ?? string.Create(CultureInfo.InvariantCulture, $"52:54:00:12:34:{0x56 + number++:x2}"),
        })];
    }

    private string FreeId(string? wanted, string prefix)
    {
        if (wanted is { Length: > 0 } && char.IsAsciiLetter(wanted[0]) && _usedIds.Add(wanted)) return wanted;
        return Enumerable.Range(0, int.MaxValue).Select(number => string.Create(CultureInfo.InvariantCulture, $"{prefix}{number}")).First(_usedIds.Add);
    }

    private VmVga DefaultVga() => _draft.NoDefaults || _draft.IsMicrovm || _draft.Devices.HasVga ? VmVga.None : VmVga.Std;

    private string Name()
    {
        if (_source.VmName is { } given) return given;
        var name = _draft.GuestName ?? (_source.Name is { } file ? Path.GetFileNameWithoutExtension(file) : "imported");
        var allowed = string.Concat(name.Select(c => char.IsLetterOrDigit(c) || c is ' ' or '.' or '_' or '-' ? c : '-')).TrimStart(' ', '.', '_', '-').TrimEnd(' ', '.');
        if (allowed.Length > VmName.MaximumLength) allowed = allowed[..VmName.MaximumLength].TrimEnd(' ', '.');
        if (allowed.Length == 0) allowed = "imported";
        if (allowed != name) _feedback.Warning($"'{name}' cannot be a machine's name; it is called '{allowed}'.");
        return allowed;
    }

    private void SayWhatIsKept(string name)
    {
        if (_draft.Kept is not { Count: > 0 } kept) return;
        var list = kept.Select(option => option.Option.Number < 0 ? string.Join(' ', option.Words) : $"{string.Join(' ', option.Words)} ({option.Option.Position})");
        _feedback.Warning($"'{name}' keeps in QemuArgument what has no property of its own: {string.Join("; ", list)}");
    }
}
