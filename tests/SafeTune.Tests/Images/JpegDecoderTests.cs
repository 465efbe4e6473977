using SafeTune.Images;

namespace SafeTune.Tests.Images;

public sealed class JpegDecoderTests
{
    [Theory]
    [InlineData(JpegWriter.Full)]
    [InlineData(JpegWriter.Half)]
    [InlineData(JpegWriter.Quarter)]
    [InlineData(null)]
    public void Colours_are_close_to_what_was_written(int? sampling)
    {
        var picture = JpegWriter.Picture(45, 70);

        var image = ImageDecoder.Decode(sampling is { } asked ? JpegWriter.Write(45, 70, picture, asked) : JpegWriter.Written("progressive-45x70"), "a.jpg");

        Assert.Equal((45, 70), (image.Height, image.Width));
        Assert.True(MeanDifference(picture, image.Pixels) < 3);
    }

    [Fact]
    public void Grey_becomes_equal_channels()
    {
        var image = ImageDecoder.Decode(JpegWriter.Write(16, 16, JpegWriter.Picture(16, 16), JpegWriter.Grey), "a.jpg");

        Assert.All(image.Pixels.Chunk(3), pixel => Assert.True(pixel[0] == pixel[1] && pixel[1] == pixel[2]));
    }

    [Fact]
    public void Inks_become_colours()
    {
        // As Adobe writes them, complements: cyan 255 - 255, magenta 255 - 155, yellow none, black 255 - 205.
        var image = ImageDecoder.Decode(JpegWriter.Written("inks-16x16"), "a.jpg");

        Assert.All(image.Pixels.Chunk(3), pixel => Assert.True(pixel[0] <= 3 && Math.Abs(pixel[1] - 20) <= 3 && Math.Abs(pixel[2] - 50) <= 3, string.Join(' ', pixel)));
    }

    [Theory]
    [InlineData(null, 400, 300)]
    [InlineData(300, 400, 300)]
    [InlineData(150, 200, 150)]
    [InlineData(100, 150, 113)]
    [InlineData(20, 50, 38)]
    [InlineData(1000, 400, 300)]
    public void A_jpeg_is_decoded_at_the_smallest_size_that_is_large_enough(int? side, int height, int width)
    {
        var image = ImageDecoder.Decode(JpegWriter.Write(400, 300, JpegWriter.Picture(400, 300)), "a.jpg", side);

        Assert.Equal((height, width), (image.Height, image.Width));
        Assert.Equal(400.0 / 300, image.Extent.Height / image.Extent.Width, 12);
    }

    [Fact]
    public void A_jpeg_that_ends_early_is_refused()
    {
        var bytes = JpegWriter.Write(64, 64, JpegWriter.Picture(64, 64));

        var message = Assert.Throws<UsageException>(() => ImageDecoder.Decode(bytes.AsSpan(0, bytes.Length / 2), "pets.parquet, row 7")).Message;

        Assert.StartsWith("pets.parquet, row 7: the image cannot be read: the JPEG is broken: it ends early", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_few_bytes_cannot_claim_gigabytes()
    {
        var bytes = JpegWriter.Write(64, 64, JpegWriter.Picture(64, 64));
        var frame = bytes.AsSpan().IndexOf(new byte[] { 0xFF, 0xC0, 0 });
        (bytes[frame + 5], bytes[frame + 7]) = (0x3F, 0x3F);

        Assert.Contains("too short for that", Assert.Throws<UsageException>(() => ImageDecoder.Decode(bytes, "a.jpg")).Message, StringComparison.Ordinal);
    }

    private static double MeanDifference(byte[] expected, byte[] found) => expected.Zip(found, (a, b) => Math.Abs(a - b)).Average();
}
