using SafeTune.Images;

namespace SafeTune.Tests.Images;

public sealed class PngDecoderTests
{
    private const int Height = 11, Width = 13;
    private static readonly byte[] Colours = [.. Enumerable.Range(0, 16).SelectMany(i => new[] { (byte)(i * 16), (byte)(255 - i), (byte)(i * i) })];

    public static TheoryData<int, int, int, bool> Kinds
    {
        get
        {
            TheoryData<int, int, int, bool> kinds = [];
            foreach (var (colour, depths) in new (int, int[])[] { (0, [1, 2, 4, 8, 16]), (2, [8, 16]), (3, [1, 2, 4, 8]), (4, [8, 16]), (6, [8, 16]) })
                foreach (var depth in depths)
                    foreach (var interlaced in new[] { false, true })
                        for (var filter = 0; filter <= 5; filter++) kinds.Add(colour, depth, filter, interlaced);
            return kinds;
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Every_colour_type_depth_and_filter_is_read(int colour, int depth, int filter, bool interlaced)
    {
        int Value(int y, int x, int c) => (((y * 31) + (x * 17) + (c * 101) + (y * x)) * (depth == 16 ? 257 : 1)) & (colour == 3 ? Math.Min(15, (1 << depth) - 1) : (1 << depth) - 1);
        (string, byte[])[] before = colour == 3 ? [("PLTE", Colours[..(3 * Math.Min(16, 1 << depth))]), ("tRNS", [0])] : [];

        var image = ImageDecoder.Decode(PngWriter.Write(Height, Width, depth, colour, Value, filter, interlaced, before), "a.png");

        Assert.Equal((Height, Width), (image.Height, image.Width));
        for (var y = 0; y < Height; y++)
            for (var x = 0; x < Width; x++)
                for (var c = 0; c < 3; c++)
                {
                    var expected = colour switch
                    {
                        3 => Colours[(3 * Value(y, x, 0)) + c],
                        0 or 4 when depth < 8 => Value(y, x, 0) * 255 / ((1 << depth) - 1),
                        0 or 4 => Value(y, x, 0) >> (depth - 8),
                        _ => Value(y, x, c) >> (depth - 8),
                    };
                    Assert.Equal(expected, image.Pixels[(((y * Width) + x) * 3) + c]);
                }
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 9)]
    [InlineData(5, 2)]
    public void A_small_interlaced_image_leaves_passes_out(int height, int width)
    {
        var image = ImageDecoder.Decode(PngWriter.Write(height, width, 8, 0, (y, x, _) => (10 * y) + x, interlaced: true), "a.png");

        Assert.Equal(Enumerable.Range(0, height * width).Select(i => (byte)((10 * (i / width)) + (i % width))), image.Pixels.Where((_, i) => i % 3 == 0));
    }

    [Fact]
    public void What_is_broken_is_named()
    {
        byte[] header = [.. PngWriter.Number(2), .. PngWriter.Number(2), 8, 0, 0, 0, 0];
        var data = PngWriter.Compressed([0, 1, 2, 0, 3, 4]);
        void Refused(string sentence, params (string, byte[])[] chunks) => RefusedBytes(sentence, PngWriter.File(chunks));
        static void RefusedBytes(string sentence, byte[] bytes)
        {
            var message = Assert.Throws<UsageException>(() => ImageDecoder.Decode(bytes, "cats.zip, entry a.png")).Message;
            Assert.StartsWith("cats.zip, entry a.png: the image cannot be read: ", message, StringComparison.Ordinal);
            Assert.Contains(sentence, message, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', message);
        }

        Assert.Equal([1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4], ImageDecoder.Decode(PngWriter.File([("IHDR", header), ("tEXt", [1]), ("IDAT", data), ("IEND", [])]), "").Pixels);
        RefusedBytes("it is empty", []);
        RefusedBytes("neither a JPEG nor a PNG", "GIF89a"u8.ToArray());
        Refused("broken", ("IHDR", header), ("IEND", []));
        Refused("broken", ("IDAT", data), ("IHDR", header), ("IEND", []));
        Refused("broken", ("IHDR", header), ("IDAT", data[..5]), ("IEND", []));
        Refused("broken", ("IHDR", [.. header[..8], 3, 0, 0, 0, 0]), ("IDAT", data), ("IEND", []));
        Refused("broken", ("IHDR", [.. header[..8], 8, 3, 0, 0, 0]), ("IDAT", data), ("IEND", []));
        Refused("broken", ("IHDR", header), ("IDAT", PngWriter.Compressed([0, 1, 2, 0, 3])), ("IEND", []));
        Refused("broken", ("IHDR", header), ("IDAT", [.. data[..^1], (byte)(data[^1] ^ 1)]), ("IEND", []));
        Refused("broken", ("IHDR", [.. PngWriter.Number(2), .. PngWriter.Number(0), 8, 0, 0, 0, 0]), ("IDAT", data), ("IEND", []));
        Refused("too short for that", ("IHDR", [.. PngWriter.Number(16000), .. PngWriter.Number(16000), 8, 0, 0, 0, 0]), ("IDAT", data), ("IEND", []));
        var flipped = PngWriter.File([("IHDR", header), ("IDAT", data), ("IEND", [])]);
        flipped[^20] ^= 1;
        RefusedBytes("broken", flipped);
    }
}
