using QemuPS.Machines;

namespace QemuPS.Tests.Machines.Preflight;

public sealed class ArgumentListTests
{
    [Fact]
    public void JSON_and_the_short_form_are_taken_apart_alike()
    {
        var list = new ArgumentList(["-device", """{"driver":"nvme","id":"disk0"}""", "-device", "nvme,id=disk1"]);

        Assert.Equal(["nvme disk0", "nvme disk1"], list.Named("device").Select(option => $"{option.Kind} {option["id"]}"));
    }

    [Fact]
    public void A_doubled_comma_is_part_of_its_value()
    {
        var option = Assert.Single(new ArgumentList(["-drive", "file=/a,,b.img,if=pflash,readonly"]).All);

        Assert.Equal("/a,b.img", option["file"]);
        Assert.Equal("pflash", option["if"]);
        Assert.Equal("on", option["readonly"]);
    }

    [Fact]
    public void An_option_without_a_value_has_none_and_the_next_is_its_own()
    {
        var list = new ArgumentList(["-daemonize", "-m", "64M", "--enable-kvm"]);

        Assert.Equal(["daemonize=", "m=64M", "enable-kvm="], list.All.Select(option => $"{option.Name}={option.Text}"));
    }

    [Fact]
    public void What_is_no_JSON_is_left_for_QEMU_to_complain_about() => Assert.Empty(Assert.Single(new ArgumentList(["-device", "{oops"]).All).Values);
}
