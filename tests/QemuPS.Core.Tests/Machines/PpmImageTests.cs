using System.Text;
using QemuPS.Machines;

namespace QemuPS.Tests.Machines;

public sealed class PpmImageTests
{
    [Theory]
    [InlineData(0, true)]
    [InlineData(40, true)]
    [InlineData(400, false)]
    public void A_picture_is_blank_while_almost_all_of_it_has_one_colour(int different, bool blank)
    {
        var pixels = new byte[1000 * 3];
        for (var pixel = 1; pixel <= different; pixel++) pixels[pixel * 3] = 0xff;

        Assert.Equal(blank, PpmImage.IsBlank([.. Encoding.ASCII.GetBytes("P6\n100 10\n255\n"), .. pixels]));
    }

    [Fact]
    public void What_is_no_picture_is_refused() => Assert.Throws<InvalidDataException>(() => PpmImage.IsBlank("PNG"u8));
}
