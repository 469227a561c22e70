using System.Text.Json;
using QemuPS.Machines;

namespace QemuPS.Tests.Machines;

public sealed class GuestTests
{
    [Fact]
    public void What_an_agent_does_not_offer_is_null()
    {
        var guest = Read(("guest-info", """{ "version": "2.1", "supported_commands": [ { "name": "guest-exec", "enabled": false }, { "name": "guest-ping", "enabled": true } ] }"""));

        Assert.Equal("2.1", guest.AgentVersion);
        Assert.Equal(["guest-ping"], guest.EnabledCommands);
        Assert.Null(guest.HostName);
        Assert.Null(guest.Users);
        Assert.Null(guest.FileSystems);
        Assert.Null(guest.IPAddresses);
        Assert.Null(guest.TimeZone);
    }

    [Fact]
    public void What_an_agent_tells_is_understood()
    {
        var guest = Read(
            ("guest-info", """{ "version": "7.2.22", "supported_commands": [] }"""),
            ("guest-get-users", """[ { "user": "ada", "domain": "LAB", "login-time": 1700000000.25 } ]"""),
            ("guest-get-fsinfo", """[ { "name": "vda1", "mountpoint": "/", "type": "ext4", "total-bytes": 1000, "used-bytes": 250, "disk": [] }, { "name": "sr0", "mountpoint": "/cd", "type": "iso9660", "disk": [] } ]"""),
            ("guest-network-get-interfaces", """
                [ { "name": "lo", "ip-addresses": [ { "ip-address": "127.0.0.1", "prefix": 8 }, { "ip-address": "::1", "prefix": 128 } ] },
                  { "name": "eth0", "hardware-address": "52:54:00:12:34:56", "ip-addresses": [
                    { "ip-address": "fe80::1", "prefix": 64 }, { "ip-address": "2001:db8::2", "prefix": 64 }, { "ip-address": "169.254.3.4", "prefix": 16 }, { "ip-address": "192.168.1.7", "prefix": 24 } ] } ]
                """),
            ("guest-get-timezone", """{ "zone": "NST", "offset": -12600 }"""));

        Assert.Equal(["192.168.1.7", "2001:db8::2"], guest.IPAddresses);
        Assert.Equal("192.168.1.7/24", guest.NetworkInterfaces![1].Addresses[^1]);
        Assert.Equal("NST (-03:30)", guest.TimeZone);
        Assert.Equal(@"LAB\ada", guest.Users![0].ToString());
        Assert.Equal(DateTimeOffset.FromUnixTimeMilliseconds(1700000000250), guest.Users[0].LoginTime);
        Assert.Equal(1000UL, guest.FileSystems![0].SizeBytes);
        Assert.Null(guest.FileSystems[1].SizeBytes);
    }

    [Theory]
    [InlineData("guest-get-host-name", """[ 1 ]""")]
    [InlineData("guest-get-osinfo", "\"text\"")]
    [InlineData("guest-get-users", """[ 5, { "user": 7, "login-time": 1e300 }, { "login-time": -1 } ]""")]
    [InlineData("guest-get-fsinfo", """[ { "total-bytes": -1, "used-bytes": 1.5 }, null ]""")]
    [InlineData("guest-network-get-interfaces", """[ { "ip-addresses": [ 1, { "ip-address": "no address" } ] }, [] ]""")]
    [InlineData("guest-get-timezone", """{ "offset": 99999999999 }""")]
    [InlineData("guest-get-timezone", """{ "offset": -9223372036854775808 }""")]
    public void An_agent_that_talks_nonsense_breaks_nothing(string question, string answer)
    {
        var guest = Read(("guest-info", """{ "version": 1, "supported_commands": { } }"""), (question, answer));

        Assert.Equal("", guest.AgentVersion);
        Assert.Empty(guest.IPAddresses ?? []);
        Assert.Null(guest.TimeZone);
    }

    [Theory]
    [InlineData("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  /tmp/a\n")]
    [InlineData("\\e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  /tmp/a\\nb\n")]
    [InlineData("SHA256 hash of C:\\a:\r\ne3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\r\nCertUtil: -hashfile command completed successfully.\r\n")]
    [InlineData("SHA256 hash of file C:\\a:\r\ne3 b0 c4 42 98 fc 1c 14 9a fb f4 c8 99 6f b9 24 27 ae 41 e4 64 9b 93 4c a4 95 99 1b 78 52 b8 55\r\nCertUtil: -hashfile command completed successfully.\r\n")]
    public void A_hash_is_found_in_what_programs_print(string output) =>
        Assert.Equal("E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855", Convert.ToHexString(GuestShell.FindHash(output)!));

    [Fact]
    public void What_is_no_hash_is_none() => Assert.Null(GuestShell.FindHash("sha256sum: /tmp/a: No such file or directory\n"));

    [Theory]
    [InlineData(@"C:\Users\ada\notes.txt", '\\', "notes.txt")]
    [InlineData("C:/notes.txt", '\\', "notes.txt")]
    [InlineData("/home/ada/notes.txt", '/', "notes.txt")]
    [InlineData("notes.txt", '/', "notes.txt")]
    public void A_guests_path_is_taken_apart_as_its_kind_does(string path, char separator, string name)
    {
        Assert.Equal(separator, GuestShell.SeparatorOf(path));
        Assert.Equal(name, GuestShell.FileNameOf(path));
    }

    private static QemuGuest Read(params (string Question, string Answer)[] answers) =>
        GuestReader.ToGuest("vm", answers.ToDictionary(each => each.Question, each => JsonDocument.Parse(each.Answer).RootElement));
}
