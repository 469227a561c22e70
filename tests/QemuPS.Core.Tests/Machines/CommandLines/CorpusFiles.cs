using System.Diagnostics;
using QemuPS.Machines;

namespace QemuPS.Tests.Machines.CommandLines;

/// <summary>Makes the images and kernels that a command line names.</summary>
internal static class CorpusFiles
{
    /// <summary>Makes the files of a definition that are not there; true where there was something to do.</summary>
    public static void Make(VmDefinition definition, string folder, string templates)
    {
        foreach (var drive in definition.Drives) MakeImage(drive.Path, drive.Format, folder, templates);
        foreach (var (option, value) in definition.QemuArgument.Zip(definition.QemuArgument.Skip(1)))
        {
            if (option is "-hda" or "-hdb" or "-hdc" or "-hdd" or "-cdrom" or "-fda" or "-fdb" or "-bios") MakeImage(value, null, folder, templates);
            if (option is not ("-drive" or "-blockdev")) continue;
            var list = OptionList.Parse(value, null);
            MakeImage(list.Take("file", "filename", "file.filename"), list.Take("format", "driver"), folder, templates);
        }

        if (definition.KernelPath is { } kernel && !File.Exists(kernel)) Write(kernel, Kernel());
        if (definition.InitrdPath is { } initrd && !File.Exists(initrd)) Write(initrd, new byte[4096]);
    }

    private static void MakeImage(string? path, string? format, string folder, string templates)
    {
        if (path is null || !path.StartsWith(folder, StringComparison.Ordinal) || File.Exists(path)) return;
        format ??= Path.GetExtension(path) switch
        {
            ".qcow2" => "qcow2",
            ".vhd" => "vpc",
            _ => "raw",
        };
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.Copy(Template(format, templates), path);
    }

    private static string Template(string format, string templates)
    {
        lock (templates)
        {
            var path = Path.Combine(templates, format);
            if (File.Exists(path)) return path;
            using var create = Process.Start("qemu-img", ["create", "-q", "-f", format, path, "1M"]);
            create.WaitForExit();
            Assert.Equal(0, create.ExitCode);
            return path;
        }
    }

    // As much of a bzImage as QEMU looks at (Documentation/arch/x86/boot.rst of the kernel): no guest ever runs it.
    private static byte[] Kernel()
    {
        var kernel = new byte[64 << 10];
        kernel[0x1f1] = 4;
        "HdrS"u8.CopyTo(kernel.AsSpan(0x202));
        kernel[0x206] = 0x0c;
        kernel[0x207] = 0x02;
        kernel[0x211] = 1;
        BitConverter.TryWriteBytes(kernel.AsSpan(0x22c), 0x7fff_ffff);
        return kernel;
    }

    private static void Write(string path, byte[] content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, content);
    }
}
