namespace QemuPS.Tests.Disks;

/// <summary>The images that the header readers are compared on: formats times options.</summary>
public static class ImageCatalogue
{
    private static readonly string[] OnOff = ["off", "on"];

    public static IEnumerable<ImageRecipe> All() =>
    [
        .. Qcow2Options(), .. Qcow2Preallocations(), .. Qcow2Sizes(), .. Qcow2DataFiles(), .. Qcow2Encryption(), .. Qcow2Snapshots(), .. Qcow2Bitmaps(),
        .. Qcow2Backing(), .. Chains(), .. Vmdk(), .. Vhdx(), .. Vpc(), .. Vdi(), .. Qed(), .. Parallels(), .. Luks(), .. Raw(),
    ];

    private static ImageRecipe Create(string name, string format, string options, string size, params string[] more) =>
        new(name, format, [$"qemu-img create -q -f {format}{(options.Length > 0 ? " -o " : "")}{options} {{0}} {size}", .. more]);

    private static IEnumerable<ImageRecipe> Qcow2Options()
    {
        foreach (var cluster in new[] { "512", "4096", "16384", "65536", "2097152" })
        {
            yield return Create($"v2-{cluster}.qcow2", "qcow2", $"compat=0.10,cluster_size={cluster}", "64M");
            var extended = int.Parse(cluster, System.Globalization.CultureInfo.InvariantCulture) >= 16384 ? OnOff : ["off"];
            foreach (var l2 in extended)
            foreach (var bits in new[] { 1, 8, 16, 64 })
            foreach (var compression in new[] { "zlib", "zstd" })
            foreach (var lazy in OnOff)
            {
                yield return Create(
                    $"v3-{cluster}-{l2}-{bits}-{compression}-{lazy}.qcow2",
                    "qcow2",
                    $"compat=1.1,cluster_size={cluster},extended_l2={l2},refcount_bits={bits},compression_type={compression},lazy_refcounts={lazy}",
                    "64M");
            }
        }
    }

    private static IEnumerable<ImageRecipe> Qcow2Preallocations() =>
        from preallocation in new[] { "off", "metadata", "falloc", "full" }
        from cluster in new[] { "4096", "65536", "1048576" }
        from compat in new[] { "0.10", "1.1" }
        select Create($"pre-{preallocation}-{cluster}-{compat}.qcow2", "qcow2", $"preallocation={preallocation},cluster_size={cluster},compat={compat}", "4M");

    private static IEnumerable<ImageRecipe> Qcow2Sizes() =>
        from size in new[] { "0", "1", "512", "1000000", "3G", "8T", "100T" }
        select Create($"size-{size}.qcow2", "qcow2", "", size);

    private static IEnumerable<ImageRecipe> Qcow2DataFiles() =>
        from raw in OnOff
        from place in new[] { "", "{1}/" }
        from preallocation in new[] { "off", "falloc" }
        let name = $"data-{raw}-{place.Length}-{preallocation}"
        select Create($"{name}.qcow2", "qcow2", $"data_file={place}{name}.data,data_file_raw={raw},preallocation={preallocation}", "4M");

    private static IEnumerable<ImageRecipe> Qcow2Encryption()
    {
        const string secret = "qemu-img create -q --object secret,id=s,data=open -f qcow2 -o encrypt.key-secret=s,";
        var number = 0;
        foreach (var options in LuksOptions("encrypt.")) yield return new ImageRecipe($"luks-{number++}.qcow2", "qcow2", $"{secret}encrypt.format=luks{options} {{0}} 4M");

        yield return new ImageRecipe("aes.qcow2", "qcow2", $"{secret}encrypt.format=aes {{0}} 4M");
        yield return new ImageRecipe("aes-v2.qcow2", "qcow2", $"{secret}encrypt.format=aes,compat=0.10 {{0}} 4M");
        yield return new ImageRecipe("luks-v2.qcow2", "qcow2", $"{secret}encrypt.format=luks,encrypt.iter-time=100,compat=0.10 {{0}} 4M");
    }

    private static string[] LuksOptions(string prefix) =>
    [
        .. from options in new[]
            {
                "", "cipher-alg=aes-128", "cipher-alg=serpent-256", "cipher-alg=twofish-256,cipher-mode=cbc", "cipher-mode=cbc,ivgen-alg=essiv,ivgen-hash-alg=sha256",
                "cipher-mode=ctr,ivgen-alg=plain", "hash-alg=sha512", "hash-alg=sha1",
            }
            let all = (options.Length > 0 ? options.Split(',') : []).Append("iter-time=100")
            select string.Concat(all.Select(option => $",{prefix}{option}")),
    ];

    private static IEnumerable<ImageRecipe> Qcow2Snapshots()
    {
        foreach (var count in new[] { 1, 2, 7, 40 })
        foreach (var compat in new[] { "0.10", "1.1" })
        {
            var snapshots = Enumerable.Range(1, count).Select(number => $"qemu-img snapshot -c {new string('n', number)}-ü-{number} {{0}}");
            yield return Create($"snapshots-{count}-{compat}.qcow2", "qcow2", $"compat={compat}", "4M", [.. snapshots]);
        }

        yield return Create("snapshots-data.qcow2", "qcow2", "", "4M", "qemu-io -f qcow2 -c write\u00a00\u00a01M {0}", "qemu-img snapshot -c one {0}", "qemu-img resize -q {0} 8M", "qemu-img snapshot -c two {0}", "qemu-img snapshot -d one {0}");
    }

    private static IEnumerable<ImageRecipe> Qcow2Bitmaps() =>
    [
        Create("bitmap.qcow2", "qcow2", "", "64M", "qemu-img bitmap --add {0} one"),
        Create("bitmaps.qcow2", "qcow2", "", "64M", "qemu-img bitmap --add {0} one", "qemu-img bitmap --add -g 4096 --disable {0} two", "qemu-img bitmap --add -g 2M {0} a-longer-name"),
        Create("bitmap-gone.qcow2", "qcow2", "", "64M", "qemu-img bitmap --add {0} one", "qemu-img bitmap --remove {0} one"),
    ];

    private static IEnumerable<ImageRecipe> Qcow2Backing()
    {
        foreach (var (label, name) in new[] { ("relative", ""), ("absolute", "{1}/"), ("below", "./sub/../") })
        foreach (var format in new[] { "raw", "qcow2", "vmdk", "qed" })
        foreach (var overlay in new[] { "qcow2", "qed" })
        {
            var @base = $"base-{label}-{overlay}.{format}";
            yield return new ImageRecipe(
                $"over-{label}-{format}.{overlay}", overlay, "mkdir -p {1}/sub", $"qemu-img create -q -f {format} {{1}}/{@base} 3M", $"qemu-img create -q -f {overlay} -b {name}{@base} -F {format} {{0}}");
        }

        yield return new ImageRecipe("rebased.qcow2", "qcow2", "qemu-img create -q -f qcow2 {0} 1M", "qemu-img rebase -u -b nowhere.raw -F raw {0}");
        yield return new ImageRecipe("protocol.qcow2", "qcow2", "qemu-img create -q -f qcow2 {0} 1M", "qemu-img rebase -u -b nbd://localhost:1/x -F raw {0}");
    }

    private static IEnumerable<ImageRecipe> Chains()
    {
        for (var depth = 0; depth <= 8; depth++)
        {
            var create = new List<string> { $"qemu-img create -q -f qcow2 {{1}}/chain-{depth}-0.qcow2 8M" };
            for (var i = 1; i <= depth; i++) create.Add($"qemu-img create -q -f qcow2 -b chain-{depth}-{i - 1}.qcow2 -F qcow2 {{1}}/chain-{depth}-{i}.qcow2");
            yield return new ImageRecipe($"chain-{depth}-{depth}.qcow2", "qcow2", [.. create]);
        }
    }

    private static IEnumerable<ImageRecipe> Vmdk() =>
    [
        .. from type in new[] { "monolithicSparse", "monolithicFlat", "twoGbMaxExtentSparse", "twoGbMaxExtentFlat", "streamOptimized" }
            from size in new[] { "512", "64M", "5G" }
            select Create($"{type}-{size}.vmdk", "vmdk", $"subformat={type}", size),
        Create("converted.vmdk", "vmdk", "", "4M", "qemu-img convert -O vmdk -o subformat=streamOptimized {0} {0}.stream", "mv {0}.stream {0}"),
        Create("esx.vmdk", "vmdk", "adapter_type=lsilogic,hwversion=13,zeroed_grain=on", "64M"),
        new("child.vmdk", "vmdk", "qemu-img create -q -f vmdk {1}/parent.vmdk 64M", "qemu-img create -q -f vmdk -b parent.vmdk -F vmdk {0}"),
        new("child-flat.vmdk", "vmdk", "qemu-img create -q -f vmdk {1}/parent2.vmdk 64M", "qemu-img create -q -f vmdk -o subformat=twoGbMaxExtentSparse -b {1}/parent2.vmdk -F vmdk {0}"),
    ];

    private static IEnumerable<ImageRecipe> Vhdx() =>
        from type in new[] { "dynamic", "fixed" }
        from block in new[] { "1M", "8M", "256M" }
        from size in new[] { "1M", "64M", "3G" }
        where type == "dynamic" || size != "3G"
        select Create($"{type}-{block}-{size}.vhdx", "vhdx", $"subformat={type},block_size={block}", size);

    private static IEnumerable<ImageRecipe> Vpc() =>
        from type in new[] { "dynamic", "fixed" }
        from force in OnOff
        from size in new[] { "1M", "64M", "3G", "200G" }
        where type == "dynamic" || size != "200G"
        select Create($"{type}-{force}-{size}.vhd", "vpc", $"subformat={type},force_size={force}", size);

    private static IEnumerable<ImageRecipe> Vdi() =>
        from type in OnOff
        from size in new[] { "1M", "64M", "1000000", "3G" }
        select Create($"{type}-{size}.vdi", "vdi", $"static={type}", size);

    private static IEnumerable<ImageRecipe> Qed() =>
        from cluster in new[] { "4096", "65536", "1048576" }
        from table in new[] { "2", "4", "16" }
        select Create($"{cluster}-{table}.qed", "qed", $"cluster_size={cluster},table_size={table}", "8M");

    private static IEnumerable<ImageRecipe> Parallels() =>
        from cluster in new[] { "65536", "1048576" }
        from size in new[] { "1M", "64M", "3G" }
        select Create($"{cluster}-{size}.hds", "parallels", $"cluster_size={cluster}", size);

    private static IEnumerable<ImageRecipe> Luks()
    {
        var number = 0;
        foreach (var options in LuksOptions(""))
        {
            yield return new ImageRecipe($"{number++}.luks", "luks", $"qemu-img create -q --object secret,id=s,data=open -f luks -o key-secret=s{options} {{0}} 4M");
        }
    }

    private static IEnumerable<ImageRecipe> Raw() =>
    [
        .. from size in new[] { "0", "1", "511", "512", "513", "1000000", "8G" } select new ImageRecipe($"{size}.raw", "raw", $"truncate -s {size} {{0}}"),
        .. from mode in new[] { "off", "falloc", "full" } select Create($"{mode}.raw", "raw", $"preallocation={mode}", "4M"),
        new ImageRecipe("text.raw", "raw", "cp /etc/passwd {0}"),
        new ImageRecipe("binary.raw", "raw", "cp /bin/true {0}"),
    ];
}
