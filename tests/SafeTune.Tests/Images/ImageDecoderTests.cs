using System.Buffers.Binary;
using System.IO.Compression;
using SafeTune.Checkpoints;
using SafeTune.Checkpoints.Pickles;
using SafeTune.Images;
using TorchSharp;

namespace SafeTune.Tests.Images;

public sealed class ImageDecoderTests
{
    // Height and width of the images made here; odd, so that Adam7's passes differ in size.
    private const int Height = 5, Width = 7;

    [HubFact]
    public void Jpegs_are_decoded_as_pillow_does()
    {
        var all = Path.Combine(Golden.Hub!, "..", "golden", "images", "images.safetensors");
        using var golden = SafeTensorsFile.Open(File.Exists(all) ? all : Golden.Path("images/images.safetensors"));
        foreach (var key in golden.Entries.Keys.Where(key => key.EndsWith("#rgb", StringComparison.Ordinal)))
        {
            using var expected = golden.Read(key);
            var path = Path.Combine(Golden.Hub!, key[..^4]);
            var picture = ImageDecoder.Decode(File.ReadAllBytes(path), path);
            Assert.Equal((expected.shape[0], expected.shape[1]), (picture.Height, picture.Width));
            var values = expected.data<byte>().ToArray();
            var far = values.Zip(picture.Pixels).Count(pair => Math.Abs(pair.First - pair.Second) > 2);
            Assert.True(far <= values.Length / 1000, $"{key}: {far} of {values.Length} are further than two levels");
        }
    }

    [HubFact]
    public void A_large_jpeg_is_decoded_at_a_fraction_that_suffices()
    {
        var path = Directory.EnumerateFiles(Path.Combine(Golden.Hub!, "datasets", "stanford-cars", "samples")).First();
        var bytes = File.ReadAllBytes(path);
        var (whole, part) = (ImageDecoder.Decode(bytes, path), ImageDecoder.Decode(bytes, path, (100, 100)));
        Assert.InRange(part.Height, 100, whole.Height / 2);
        Assert.InRange(part.Width, 100, whole.Width / 2);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(0, 2)]
    [InlineData(0, 4)]
    [InlineData(0, 8)]
    [InlineData(0, 16)]
    [InlineData(2, 8)]
    [InlineData(2, 16)]
    [InlineData(3, 1)]
    [InlineData(3, 2)]
    [InlineData(3, 4)]
    [InlineData(3, 8)]
    [InlineData(4, 8)]
    [InlineData(4, 16)]
    [InlineData(6, 8)]
    [InlineData(6, 16)]
    public void Every_kind_of_png_is_decoded(int type, int depth)
    {
        foreach (var interlaced in (bool[])[false, true])
        {
            var (file, expected) = Png(type, depth, interlaced, new Random((type * 100) + depth));
            var picture = ImageDecoder.Decode(file, "made.png");
            Assert.Equal((Height, Width), (picture.Height, picture.Width));
            Assert.Equal(expected, picture.Pixels);
        }
    }

    [Theory]
    [InlineData("no image")]
    [InlineData("")]
    [InlineData("GIF89a")]
    public void What_is_no_image_is_told(string text) =>
        Assert.StartsWith("a.gif: it is no JPEG or PNG", Assert.Throws<UsageException>(() => ImageDecoder.Decode(System.Text.Encoding.ASCII.GetBytes(text), "a.gif")).Message, StringComparison.Ordinal);

    [Fact]
    public void An_endless_size_is_refused_before_anything_is_allocated()
    {
        byte[] header = new byte[13];
        BinaryPrimitives.WriteUInt32BigEndian(header, 1 << 20);
        BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(4), 1 << 20);
        header[8] = 8;
        byte[] file = [.. PngFile.Signature, .. Chunk("IHDR", header), .. Chunk("IEND", [])];
        Assert.Contains("1048576 × 1048576 pixels", Assert.Throws<UsageException>(() => ImageDecoder.Decode(file, "a.png")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Damaged_pngs_are_decoded_or_told_in_a_sentence()
    {
        var (file, _) = Png(2, 8, interlaced: false, new Random(1));
        Survives(file, 2000);
    }

    [HubFact]
    public void Damaged_jpegs_are_decoded_or_told_in_a_sentence() =>
        Survives(File.ReadAllBytes(Directory.EnumerateFiles(Path.Combine(Golden.Hub!, "datasets", "cifar10", "test", "airplane")).First()), 2000);

    private static void Survives(byte[] original, int times)
    {
        for (var seed = 0; seed < times; seed++)
        {
            var damaged = Damage.Of(original, new Random(seed));
            try
            {
                ImageDecoder.Decode(damaged, "damaged");
            }
            catch (UsageException told) when (told.Message.StartsWith("damaged: ", StringComparison.Ordinal))
            {
                // As it should be.
            }
        }
    }

    // Random samples, every row with another filter; what they should look like beside it.
    private static (byte[] File, byte[] Expected) Png(int type, int depth, bool interlaced, Random random)
    {
        var samples = type switch { 2 => 3, 4 => 2, 6 => 4, _ => 1 };
        var values = new int[Height * Width * samples];
        for (var i = 0; i < values.Length; i++) values[i] = random.Next(1 << depth);
        var palette = new byte[3 << Math.Min(depth, 8)];
        random.NextBytes(palette);
        int Value(int y, int x, int channel) => values[(((y * Width) + x) * samples) + channel];
        byte Level(int value) => (byte)(depth == 16 ? value >> 8 : value * 255 / ((1 << depth) - 1));
        byte[] expected = [.. from y in Enumerable.Range(0, Height)
                              from x in Enumerable.Range(0, Width)
                              from c in Enumerable.Range(0, 3)
                              select type == 3 ? palette[(3 * Value(y, x, 0)) + c] : Level(Value(y, x, type is 2 or 6 ? c : 0))];

        var header = new byte[13];
        BinaryPrimitives.WriteUInt32BigEndian(header, Width);
        BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(4), Height);
        (header[8], header[9], header[12]) = ((byte)depth, (byte)type, (byte)(interlaced ? 1 : 0));
        using var raw = new MemoryStream();
        foreach (var (left, top, stepX, stepY) in interlaced ? [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)] : ((int, int, int, int)[])[(0, 0, 1, 1)])
        {
            byte[]? above = null;
            for (var y = top; y < Height; y += stepY)
            {
                List<int> bits = [];
                for (var x = left; x < Width; x += stepX)
                    for (var c = 0; c < samples; c++)
                        for (var bit = depth - 1; bit >= 0; bit--) bits.Add((Value(y, x, c) >> bit) & 1);
                if (bits.Count == 0) continue;
                byte[] row = [.. bits.Chunk(8).Select(eight => (byte)eight.Select((bit, i) => bit << (7 - i)).Sum())];
                above ??= new byte[row.Length];
                var filter = y % 5;
                raw.WriteByte((byte)filter);
                raw.Write(Filtered(row, above, Math.Max(1, samples * depth / 8), filter));
                above = row;
            }
        }

        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Fastest, leaveOpen: true)) zlib.Write(raw.ToArray());
        return ([.. PngFile.Signature, .. Chunk("IHDR", header), .. type == 3 ? Chunk("PLTE", palette) : [], .. Chunk("IDAT", packed.ToArray()), .. Chunk("IEND", [])], expected);
    }

    private static byte[] Filtered(byte[] row, byte[] above, int step, int filter)
    {
        var filtered = new byte[row.Length];
        for (var i = 0; i < row.Length; i++)
        {
            int left = i >= step ? row[i - step] : 0, up = above[i], corner = i >= step ? above[i - step] : 0;
            var p = left + up - corner;
            var (a, b, c) = (Math.Abs(p - left), Math.Abs(p - up), Math.Abs(p - corner));
            filtered[i] = (byte)(row[i] - filter switch { 1 => left, 2 => up, 3 => (left + up) / 2, 4 => a <= b && a <= c ? left : b <= c ? up : corner, _ => 0 });
        }

        return filtered;
    }

    private static byte[] Chunk(string name, byte[] data)
    {
        byte[] body = [.. System.Text.Encoding.ASCII.GetBytes(name), .. data];
        var (length, checksum) = (new byte[4], new byte[4]);
        BinaryPrimitives.WriteUInt32BigEndian(length, (uint)data.Length);
        BinaryPrimitives.WriteUInt32BigEndian(checksum, Crc32.Append(0, body));
        return [.. length, .. body, .. checksum];
    }
}
