using QemuPS.Host;
using QemuPS.Tests.Devices;

namespace QemuPS.Tests.Host;

public sealed class FirmwareDescriptorsTests
{
    [Fact]
    public void Descriptors_of_all_folders_come_in_the_order_of_their_names()
    {
        using var host = Host()
            .Add("/usr/share/qemu/firmware/60-plain.json", Descriptor("plain"))
            .Add("/etc/qemu/firmware/50-local.json", Descriptor("local"));

        Assert.Equal(["50-local.json", "60-plain.json"], Read(host).Select(firmware => firmware.Name));
    }

    [Fact]
    public void The_administrators_file_hides_the_distributions_of_the_same_name()
    {
        using var host = Host()
            .Add("/usr/share/qemu/firmware/60-plain.json", Descriptor("theirs"))
            .Add("/etc/qemu/firmware/60-plain.json", Descriptor("ours"));

        var firmware = Assert.Single(Read(host));
        Assert.Equal("ours", firmware.Description);
        Assert.Equal("/etc/qemu/firmware/60-plain.json", firmware.DescriptorPath);
    }

    [Fact]
    public void An_empty_file_hides_a_descriptor_for_good()
    {
        using var host = Host()
            .Add("/usr/share/qemu/firmware/60-plain.json", Descriptor("plain"))
            .Add("/etc/qemu/firmware/60-plain.json", "");

        Assert.Empty(Read(host));
    }

    [Fact]
    public void The_pair_for_a_machine_is_the_first_that_fits_and_is_complete()
    {
        using var host = Host()
            .Add("/usr/share/qemu/firmware/40-gone.json", Descriptor("gone", code: "/usr/share/gone.fd"))
            .Add("/usr/share/qemu/firmware/50-secure.json", Descriptor("secure", features: "\"secure-boot\", \"enrolled-keys\""))
            .Add("/usr/share/qemu/firmware/60-plain.json", Descriptor("plain"));
        var firmware = Read(host);

        Assert.Equal("60-plain.json", FirmwareDescriptors.FindUefi(firmware, "x86_64", "pc-q35-7.2", secureBoot: false)?.Name);
        Assert.Equal("50-secure.json", FirmwareDescriptors.FindUefi(firmware, "x86_64", "pc-q35-7.2", secureBoot: true)?.Name);
        Assert.Null(FirmwareDescriptors.FindUefi(firmware, "x86_64", "pc-i440fx-7.2", secureBoot: false));
        Assert.Null(FirmwareDescriptors.FindUefi(firmware, "aarch64", "pc-q35-7.2", secureBoot: false));
        Assert.False(firmware[0].IsComplete);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("{\"description\": 5}")]
    public void A_descriptor_that_cannot_be_understood_is_left_out_with_a_warning(string content)
    {
        using var host = Host().Add("/usr/share/qemu/firmware/10-bad.json", content).Add("/usr/share/qemu/firmware/60-plain.json", Descriptor("plain"));
        var heard = new Heard();

        Assert.Equal("60-plain.json", Assert.Single(FirmwareDescriptors.Read(host.Root, heard)).Name);
        Assert.Contains("10-bad.json", Assert.Single(heard.Warnings));
    }

    [Fact]
    public void A_firmware_of_one_file_has_no_variables()
    {
        using var host = Host().Add("/usr/share/qemu/firmware/90-bios.json", """
            { "description": "SeaBIOS", "interface-types": ["bios"], "mapping": { "device": "memory", "filename": "/usr/share/seabios/bios.bin" },
              "targets": [ { "architecture": "x86_64", "machines": ["pc-*"] } ], "features": [], "tags": [] }
            """);
        var bios = Assert.Single(Read(host));

        Assert.Equal("/usr/share/seabios/bios.bin", bios.CodePath);
        Assert.Null(bios.VarsTemplatePath);
        Assert.Null(FirmwareDescriptors.FindUefi([bios], "x86_64", "pc-q35-7.2", secureBoot: false));
    }

    private static RecordedHost Host() => new RecordedHost().Add("/usr/share/OVMF/CODE.fd", "x").Add("/usr/share/OVMF/VARS.fd", "x");

    private static IReadOnlyList<QemuFirmware> Read(RecordedHost host) => FirmwareDescriptors.Read(host.Root, NoFeedback.Instance);

    private static string Descriptor(string description, string code = "/usr/share/OVMF/CODE.fd", string features = "") => $$"""
        { "description": "{{description}}", "interface-types": ["uefi"],
          "mapping": { "device": "flash", "executable": { "filename": "{{code}}", "format": "raw" }, "nvram-template": { "filename": "/usr/share/OVMF/VARS.fd", "format": "raw" } },
          "targets": [ { "architecture": "x86_64", "machines": ["pc-q35-*"] } ], "features": [{{features}}], "tags": [] }
        """;

    private sealed class Heard : IFeedback
    {
        public List<string> Warnings { get; } = [];

        public void Verbose(string message)
        {
        }

        public void Warning(string message) => Warnings.Add(message);

        public void Progress(WorkProgress progress)
        {
        }
    }
}
