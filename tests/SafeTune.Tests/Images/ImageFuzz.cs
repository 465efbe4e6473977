using System.Diagnostics;
using SafeTune.Images;

namespace SafeTune.Tests.Images;

/// <summary>Damaged images decode, or are refused in a sentence with their place.</summary>
public sealed class ImageFuzz
{
    private const int Files = 2000;

    [Fact]
    public void A_damaged_jpeg_is_harmless() => Fuzz(
        JpegWriter.Write(40, 50, JpegWriter.Picture(40, 50)),
        JpegWriter.Written("progressive-40x50"),
        JpegWriter.Write(33, 17, JpegWriter.Picture(33, 17), JpegWriter.Grey),
        JpegWriter.Written("inks-24x24"));

    [Fact]
    public void A_damaged_png_is_harmless() => Fuzz(
        PngWriter.Write(20, 30, 8, 2, (y, x, c) => (y * x * c) & 255, filter: 5),
        PngWriter.Write(9, 11, 4, 3, (y, x, _) => (y + x) & 15, interlaced: true, before: ("PLTE", new byte[48])),
        PngWriter.Write(9, 11, 16, 6, (y, x, c) => (y * x * c * 999) & 65535, filter: 4));

    // A damaged chunk is found by its checksum: to come further, the checksums are made right again.
    [Fact]
    public void A_damaged_png_with_right_checksums_is_harmless()
    {
        Random random = new(5);
        byte[] header = [.. PngWriter.Number(30), .. PngWriter.Number(20), 8, 2, 0, 0, 0];
        byte[] rows = [.. Enumerable.Range(0, 20).SelectMany(y => Enumerable.Range(0, 91).Select(x => (byte)(x == 0 ? y % 5 : x * y)))];
        var data = PngWriter.Compressed(rows);
        Harmless(Enumerable.Range(0, Files).Select(i => PngWriter.File(
        [
            ("IHDR", i % 3 == 0 ? Damage.Of(header, random) : header), ("PLTE", Damage.Of(new byte[48], random)),
            ("IDAT", i % 3 == 1 ? Damage.Of(data, random) : i % 3 == 2 ? PngWriter.Compressed(Damage.Of(rows, random)) : data), ("IEND", []),
        ])));
    }

    private static void Fuzz(params byte[][] originals)
    {
        Random random = new(3);
        Harmless(Enumerable.Range(0, Files).Select(i => Damage.Of(originals[i % originals.Length], random)));
    }

    private static void Harmless(IEnumerable<byte[]> files)
    {
        var (refused, slowest) = (0, TimeSpan.Zero);
        foreach (var (i, bytes) in files.Index())
        {
            var watch = Stopwatch.StartNew();
            try
            {
                var image = ImageDecoder.Decode(bytes, "set.zip, entry 9", i % 2 == 0 ? null : 12);
                Assert.Equal(image.Height * image.Width * 3, image.Pixels.Length);
            }
            catch (UsageException error)
            {
                refused++;
                Assert.StartsWith("set.zip, entry 9: ", error.Message, StringComparison.Ordinal);
                Assert.DoesNotContain('\n', error.Message);
            }

            slowest = watch.Elapsed > slowest ? watch.Elapsed : slowest;
        }

        Assert.InRange(refused, 1, Files - 1);
        Assert.True(slowest < TimeSpan.FromSeconds(5), $"one file took {slowest}");
    }
}
