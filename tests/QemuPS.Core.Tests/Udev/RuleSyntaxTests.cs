using FsCheck.Xunit;
using QemuPS.Udev;

namespace QemuPS.Tests.Udev;

public sealed class RuleSyntaxTests
{
    [Fact]
    public void Keys_are_matches_or_assignments()
    {
        var rule = Assert.Single(RuleSyntax.Parse("/x.rules", "SUBSYSTEM==\"usb\", ATTR{idVendor}!=\"1050\" MODE:=\"0660\",TAG+=\"uaccess\", ENV{a b}=\"x\\\"y\"\n"));

        Assert.Equal(["SUBSYSTEM==\"usb\"", "ATTR{idVendor}!=\"1050\""], rule.Matches.Select(key => key.ToString()));
        Assert.Equal([("MODE", ":=", "0660"), ("TAG", "+=", "uaccess"), ("ENV", "=", "x\"y")], rule.Assignments.Select(key => (key.Key, key.Operator, key.Value)));
        Assert.Empty(rule.Warning);
    }

    [Fact]
    public void Continued_lines_are_one_rule_and_comments_are_none()
    {
        const string text = "# comment \\\nSUBSYSTEM==\"usb\", \\\n# comment in between\n  MODE=\"0660\"\n\n   \t\nKERNEL==\"a\"";

        Assert.Equal([2, 7], RuleSyntax.Parse("/x.rules", text).Select(rule => rule.LineNumber));
        Assert.Equal(2, RuleSyntax.Parse("/x.rules", text).First().Matches.Count + RuleSyntax.Parse("/x.rules", text).First().Assignments.Count);
    }

    [Theory]
    [InlineData("SUBSYSTEM=\"usb")]
    [InlineData("SUBSYSTEM")]
    [InlineData("ATTR{idVendor==\"1\"")]
    [InlineData("BOGUS==\"1\"")]
    [InlineData("SUBSYSTEM==\"usb\" ; MODE=\"0666\"")]
    public void A_line_that_udev_would_ignore_is_said_to_be_one(string line)
    {
        var rule = Assert.Single(RuleSyntax.Parse("/x.rules", line));

        Assert.Contains("udev ignores this line", Assert.Single(rule.Warning));
        Assert.Empty(rule.Matches);
        Assert.Empty(rule.Assignments);
    }

    [Property]
    public void No_text_is_an_error_or_reaches_a_terminal(string text) =>
        Assert.All(RuleSyntax.Parse("/x.rules", text ?? ""), rule => Assert.DoesNotContain(rule.Text, char.IsControl));

    [Theory]
    [InlineData("usb*", "usb1", true)]
    [InlineData("*:060101:*", ":030101:060101:", true)]
    [InlineData("1-1|2-1", "2-1", true)]
    [InlineData("[0-9]-?", "1-3", true)]
    [InlineData("[!0-9]*", "1-3", false)]
    [InlineData("a|b", "c", false)]
    [InlineData("", "", true)]
    [InlineData("?*", "", false)]
    [InlineData("[]x]", "]", true)]
    [InlineData("a[", "a[", true)]
    public void Patterns_mean_what_they_mean_to_udev(string pattern, string text, bool expected) => Assert.Equal(expected, RulePattern.Fits(pattern, text));

    [Property]
    public void A_text_as_a_pattern_fits_itself(string text) => Assert.True(RulePattern.Fits(RulePattern.Literal(text ?? ""), text ?? ""));

    [Fact]
    public void A_pattern_made_to_take_long_does_not() =>
        Assert.False(RulePattern.Fits(string.Concat(Enumerable.Repeat("*a", 200)) + "b", new string('a', 2000)));
}
