using QemuPS.Machines;

namespace QemuPS.Tests.Machines;

public sealed class KeyboardTests
{
    [Theory]
    [InlineData("Ctrl-Alt-Delete", "ctrl", "alt", "delete")]
    [InlineData("ctrl+c", "ctrl", "c")]
    [InlineData("F2", "f2")]
    [InlineData("AltGr-E", "alt_r", "e")]
    [InlineData("Win", "meta_l")]
    public void A_stroke_is_read_as_people_write_it(string text, params string[] keys) => Assert.Equal(keys, KeyNames.Chord(text));

    [Theory]
    [InlineData("")]
    [InlineData("Ctrl-")]
    [InlineData("Hyper-X")]
    [InlineData("unmapped")]
    public void A_key_that_no_keyboard_has_is_refused(string text) =>
        Assert.Equal(ErrorId.InvalidOption, Assert.Throws<QemuException>(() => KeyNames.Chord(text)).Id);

    [Fact]
    public void Every_printable_ASCII_character_has_a_stroke_of_keys_that_QEMU_knows()
    {
        var all = string.Concat(Enumerable.Range(' ', '~' - ' ' + 1).Select(c => (char)c));

        var strokes = UsKeyboard.Type(all);

        Assert.Equal(all.Length, strokes.Select(stroke => string.Join('-', stroke)).Distinct().Count());
        Assert.All(strokes.SelectMany(stroke => stroke), key => Assert.Contains(key, KeyNames.All));
    }

    [Fact]
    public void Windows_line_ends_are_one_return() => Assert.Equal(["ret"], Assert.Single(UsKeyboard.Type("\r\n")));
}
