using QemuPS.Disks;

namespace QemuPS.Machines;

/// <summary>The drives of a command line: short options, <c>-drive</c>, and <c>-blockdev</c> or <c>-drive if=none</c> with a <c>-device</c>.</summary>
internal sealed class DriveDraft(MachineDraft machine)
{
    private const int CdIndex = 2;

    // What QEMU does anyhow.
    private static readonly Dictionary<string, string[]> Defaults = new()
    {
        ["cache"] = ["writeback"],
        ["aio"] = ["threads"],
        ["discard"] = ["ignore", "off"],
        ["snapshot"] = ["off"],
        ["copy-on-read"] = ["off"],
        // KVM of long ago needed it.
        ["boot"] = ["on", "off"],
    };

    private readonly MachineDraft _machine = machine;
    private readonly List<LegacyDrive> _drives = [];
    private readonly List<GivenOption> _nodes = [];
    private GivenOption? _snapshot;

    /// <summary><c>-hda</c> to <c>-hdd</c>.</summary>
    public void AddSlot(GivenOption option, int index)
    {
        var drive = new DraftDrive { Path = PathOf(option.Argument), Bus = VmDiskBus.Ide, Index = index, Position = option.Position };
        _drives.Add(new LegacyDrive(option, "", index, null, drive.Path is null ? null : drive));
    }

    /// <summary><c>-cdrom</c>: the third place.</summary>
    public void AddDisc(GivenOption option)
    {
        var path = PathOf(option.Argument);
        var drive = new DraftDrive { Kind = VmDriveKind.CdRom, Path = path, Format = "raw", Bus = VmDiskBus.Ide, ReadOnly = true, Index = CdIndex, Position = option.Position };
        _drives.Add(new LegacyDrive(option, "", CdIndex, null, path is null ? null : drive));
    }

    /// <summary><c>-drive</c>.</summary>
    public void AddDrive(GivenOption option)
    {
        var list = option.List();
        var kind = list.Take("media") == "cdrom" ? VmDriveKind.CdRom : VmDriveKind.Disk;
        var target = list.Take("if") ?? "";
        var id = list.Take("id");
        var index = list.TakeNumber("index");
        var (bus, unit) = (list.TakeNumber("bus"), list.TakeNumber("unit"));
        if (bus is not null || unit is not null) index = ((bus ?? 0) * (_machine.IsPc ? 2 : 1)) + (unit ?? 0);
        var (path, file) = (default(string), list.Take("file"));
        if (file is not null) path = PathOf(file);
        var drive = new DraftDrive
        {
            Kind = target == "virtio" ? VmDriveKind.Disk : kind,
            Path = path,
            Format = list.Take("format") ?? (kind == VmDriveKind.CdRom ? "raw" : null),
            ReadOnly = (list.TakeSwitch("readonly") ?? list.TakeSwitch("read-only") ?? false) || kind == VmDriveKind.CdRom,
            Bus = target == "virtio" ? VmDiskBus.VirtioBlk : VmDiskBus.Ide,
            Position = option.Position,
            Caching = DraftCaching.TakeNames(list),
            WriteError = TakeWriteError(list),
        };
        foreach (var (key, values) in Defaults) TakeDefault(list, key, values);
        var isEmptyDisc = file is null && kind == VmDriveKind.CdRom;
        var isPlain = list.IsEmpty && (path is not null || isEmptyDisc) && (target is "" or "ide" or "virtio" or "none");
        _drives.Add(new LegacyDrive(option, target, index, id, isPlain ? drive : null));
    }

    /// <summary><c>-blockdev</c>.</summary>
    public void AddNode(GivenOption option) => _nodes.Add(option);

    /// <summary><c>-snapshot</c>: nothing may be written to the images that are given in the old ways.</summary>
    public void Snapshot(GivenOption option) => _snapshot = option;

    /// <summary>The third place is taken, where QEMU would put an empty CD drive.</summary>
    public bool HasDefaultDisc => _drives.Any(drive => drive.IsIde && drive.Index == CdIndex);

    /// <summary>What can become a property.</summary>
    /// <param name="devices">The devices of the command line.</param>
    public IEnumerable<DraftGroup> Groups(IReadOnlyList<DraftDevice> devices)
    {
        NumberIdeDrives();
        var pairs = devices.Select(ToPair).OfType<DrivePair>().ToList();
        return IdeGroup(pairs, devices).Concat(VirtioGroups(pairs)).Concat(ScsiGroup(pairs, devices)).Concat(SataGroup(pairs, devices));
    }

    /// <summary>All options that are about drives.</summary>
    public IEnumerable<GivenOption> Options => [.. _drives.Select(drive => drive.Option), .. _nodes, .. _snapshot is null ? Array.Empty<GivenOption>() : [_snapshot]];

    // blockdev.c, drive_new: a drive without an index takes the first free one.
    private void NumberIdeDrives()
    {
        var used = new HashSet<int>();
        for (var number = 0; number < _drives.Count; number++)
        {
            if (!_drives[number].IsIde) continue;
            var index = _drives[number].Index ?? Enumerable.Range(0, int.MaxValue).First(free => !used.Contains(free));
            if (!used.Add(index)) throw _drives[number].Option.Invalid($"the place {index} on the IDE bus is taken by another drive.");
            _drives[number] = _drives[number] with { Index = index };
        }
    }

    // All or nothing: drives that are kept take their places themselves, and two kinds of counting do not mix.
    private IEnumerable<DraftGroup> IdeGroup(List<DrivePair> pairs, IReadOnlyList<DraftDevice> devices)
    {
        var legacy = _drives.Where(drive => drive.IsIde).ToList();
        var own = pairs.Where(pair => pair.Drive.Bus == VmDiskBus.Ide).ToList();
        var others = devices.Any(device => device.Driver is "ide-hd" or "ide-cd" or "ide-cf" && pairs.All(pair => pair.Device.Option != device.Option));
        if (legacy.Count + own.Count == 0 || others || legacy.Any(drive => !IsPlain(drive))) yield break;
        var drives = legacy.Select(drive => drive.Drive! with { Index = drive.Index!.Value, Id = drive.Id }).Concat(own.Select(pair => pair.Drive)).ToList();
        if (_machine.IsPc && drives.Count > 4) yield break;
        yield return new DriveGroup([.. legacy.Select(drive => drive.Option), .. own.SelectMany(pair => pair.Options)], [.. drives.OrderBy(drive => drive.Index)]);
    }

    private IEnumerable<DraftGroup> VirtioGroups(List<DrivePair> pairs)
    {
        foreach (var drive in _drives.Where(drive => drive.Target == "virtio" && IsPlain(drive))) yield return new DriveGroup([drive.Option], [drive.Drive! with { Id = drive.Id }]);
        foreach (var pair in pairs.Where(pair => pair.Drive.Bus is VmDiskBus.VirtioBlk or VmDiskBus.Nvme)) yield return new DriveGroup(pair.Options, [pair.Drive]);
    }

    // One controller, and nothing on it that would have to be kept.
    private static IEnumerable<DraftGroup> ScsiGroup(List<DrivePair> pairs, IReadOnlyList<DraftDevice> devices)
    {
        var controllers = devices.Where(device => device.Driver == "virtio-scsi-pci").ToList();
        var disks = pairs.Where(pair => pair.Drive.Bus == VmDiskBus.VirtioScsi).ToList();
        var all = devices.Count(device => device.Driver.StartsWith("scsi-", StringComparison.Ordinal));
        if (controllers is not [var controller] || disks.Count == 0 || disks.Count != all || !controller.HasOnlyAnId) yield break;
        if (disks.Any(pair => pair.BusName is { } bus && bus != $"{controller.Id}.0")) yield break;
        yield return new DriveGroup([controller.Option, .. disks.SelectMany(pair => pair.Options)], [.. disks.Select(pair => pair.Drive)]);
    }

    // A q35 machine has such a controller of its own; a second one is kept.
    private IEnumerable<DraftGroup> SataGroup(List<DrivePair> pairs, IReadOnlyList<DraftDevice> devices)
    {
        var controllers = devices.Where(device => device.Driver == "ich9-ahci").ToList();
        var disks = pairs.Where(pair => pair.Drive.Bus == VmDiskBus.Sata).ToList();
        if (!_machine.IsPc || controllers is not [var controller] || disks.Count == 0 || !controller.HasOnlyAnId) yield break;
        if (disks.Any(pair => !pair.BusName!.StartsWith($"{controller.Id}.", StringComparison.Ordinal))) yield break;
        yield return new DriveGroup([controller.Option, .. disks.SelectMany(pair => pair.Options)], [.. disks.Select(pair => pair.Drive).OrderBy(drive => drive.Index)]);
    }

    private DrivePair? ToPair(DraftDevice device)
    {
        if (BusOf(device) is not { } bus) return null;
        var list = device.List();
        var (busName, name) = (list.Take("bus"), list.Take("drive"));
        var (id, boot, serial) = (list.Take("id"), list.TakeNumber("bootindex"), list.Take("serial"));
        var (writeCache, writeError) = (list.TakeSwitch("write-cache"), TakeWriteError(list));
        var unit = bus == VmDiskBus.Ide ? list.TakeNumber("unit") ?? 0 : 0;
        if (!list.IsEmpty || (name is null && device.Driver is not ("ide-cd" or "scsi-cd"))) return null;
        var options = new List<GivenOption> { device.Option };
        var found = name is null ? new DraftDrive() : FindLegacy(name, options) ?? FindNode(name, options);
        if (found is null || (busName is not null && bus is not (VmDiskBus.Ide or VmDiskBus.Sata or VmDiskBus.VirtioScsi))) return null;

        // Where an NVMe disk has no name, its number is one.
        if (bus == VmDiskBus.Nvme && (id is null || id == serial)) (id, serial) = (serial ?? id, null);
        if (serial is { Length: 0 or > DriveRules.LongestSerial } || serial?.All(c => c is > ' ' and <= '~') == false) return null;
        var caching = writeCache is null ? found.Caching : found.Caching with { WriteCache = writeCache };
        if (!caching.HasName) return null;
        var isDisc = device.Driver is "ide-cd" or "scsi-cd";
        var drive = found with
        {
            Kind = isDisc ? VmDriveKind.CdRom : VmDriveKind.Disk,
            Bus = bus,
            ReadOnly = found.ReadOnly || isDisc,
            Id = id ?? found.Id,
            Serial = serial,
            Caching = caching,
            WriteError = writeError ?? found.WriteError,
            BootIndex = boot,
            Index = BusNumber(busName) * (_machine.IsPc ? 2 : 1) + unit,
            Position = device.Option.Position,
        };
        return new DrivePair(device, busName, drive, options);
    }

    private static VmDiskBus? BusOf(DraftDevice device) => device.Driver switch
    {
        "virtio-blk-pci" => VmDiskBus.VirtioBlk,
        "nvme" => VmDiskBus.Nvme,
        "scsi-hd" or "scsi-cd" => VmDiskBus.VirtioScsi,
        "ide-hd" or "ide-cd" => device.List().Take("bus") is not { } bus || bus.StartsWith("ide.", StringComparison.Ordinal) ? VmDiskBus.Ide : VmDiskBus.Sata,
        _ => null,
    };

    private static int BusNumber(string? bus) => bus is not null && OptionList.Number(bus[(bus.LastIndexOf('.') + 1)..]) is { } number ? number : 0;

    private DraftDrive? FindLegacy(string name, List<GivenOption> options)
    {
        if (_drives.FirstOrDefault(drive => drive.Target == "none" && drive.Id == name) is not { } legacy || !IsPlain(legacy)) return null;
        options.Add(legacy.Option);
        return legacy.Drive! with { Id = name };
    }

    // A node for the format above one for the file, or both in one, or the file alone.
    private DraftDrive? FindNode(string name, List<GivenOption> options)
    {
        if (_nodes.FirstOrDefault(node => node.List("driver").Take("node-name") == name) is not { } option) return null;
        var list = option.List("driver");
        list.Take("node-name");
        var (driver, readOnly) = (list.Take("driver"), list.TakeSwitch("read-only") ?? false);
        var caching = DraftCaching.TakeMembers(list);
        options.Add(option);
        if (driver == "file") return PathOf(list.Take("filename") ?? "") is { } file && list.IsEmpty ? new DraftDrive { Path = file, Format = "raw", ReadOnly = readOnly, Caching = caching } : null;

        string? path = null;
        // The property means both nodes.
        if (list.Take("file") is { } below) path = FindNode(below, options) is { Format: "raw" } protocol && protocol.Caching == caching ? protocol.Path : null;
        else if (list.Take("file.driver") is "file") path = PathOf(list.Take("file.filename") ?? "");
        return path is not null && list.IsEmpty ? new DraftDrive { Path = path, Format = driver, ReadOnly = readOnly, Caching = caching } : null;
    }

    private bool IsPlain(LegacyDrive drive) => drive.Drive is not null && _snapshot is null;

    // Null for what is no regular file: a protocol, a device of the host.
    private string? PathOf(string file) =>
        file.Length == 0 || ImageName.HasProtocol(file) || _machine.Paths.OfFile(file) is not { } full || full.StartsWith("/dev/", StringComparison.Ordinal) ? null : full;

    private static VmDiskErrorAction? TakeWriteError(OptionList list)
    {
        if (!Enum.TryParse<VmDiskErrorAction>(list.Rest.LastOrDefault(item => item.Key == "werror").Value, ignoreCase: true, out var action)) return null;
        list.Take("werror");
        return action;
    }

    private static void TakeDefault(OptionList list, string key, string[] values)
    {
        if (list.Rest.LastOrDefault(item => item.Key == key).Value is { } value && values.Contains(value)) list.Take(key);
    }

    /// <summary>A drive given in one of the old ways.</summary>
    private sealed record LegacyDrive(GivenOption Option, string Target, int? Index, string? Id, DraftDrive? Drive)
    {
        public bool IsIde => Target is "" or "ide";
    }

    private sealed record DrivePair(DraftDevice Device, string? BusName, DraftDrive Drive, IReadOnlyList<GivenOption> Options);
}
