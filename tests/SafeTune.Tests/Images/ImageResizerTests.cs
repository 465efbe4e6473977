using SafeTune.Checkpoints;
using SafeTune.Data;
using SafeTune.Images;
using TorchSharp;
using Xunit.Abstractions;

namespace SafeTune.Tests.Images;

/// <summary>Against Pillow's results.</summary>
public sealed class ImageResizerTests(ITestOutputHelper output)
{
    // In images.safetensors beside the hub: pixels, and what Pillow and transformers make of them; here: two of those images, results as bytes.
    private static string? Shared => Golden.Hub is { } hub && Path.Combine(hub, "..", "golden", "images", "images.safetensors") is var path && File.Exists(path) ? path : null;

    [Theory]
    [InlineData("smaller", ImageFilter.Bicubic)]
    [InlineData("smaller", ImageFilter.Bilinear)]
    [InlineData("larger", ImageFilter.Bicubic)]
    [InlineData("larger", ImageFilter.Bilinear)]
    public void Every_value_is_Pillows(string name, ImageFilter filter)
    {
        using var file = SafeTensorsFile.Open(Golden.Path("images/resized.safetensors"));
        var image = Image(file, name + ".rgb");

        var resized = ImageResizer.Resize(image, 64, 64, filter);

        using var expected = file.Read($"{name}.{filter.ToString().ToLowerInvariant()}64");
        using var rows = expected.permute(1, 2, 0).contiguous();
        Assert.Equal(rows.data<byte>().ToArray(), resized.Pixels);
    }

    [HubFact]
    public void Resizing_the_hubs_images_is_Pillows()
    {
        if (Shared is null) return;
        using var file = SafeTensorsFile.Open(Shared);
        var largest = 0.0;
        foreach (var key in file.Entries.Keys.Where(key => key.EndsWith("64", StringComparison.Ordinal)))
        {
            var name = key[..key.LastIndexOf('#')];
            ImagePreprocessing preprocessing = new() { Size = (64, 64), Filter = key.Contains("bicubic", StringComparison.Ordinal) ? ImageFilter.Bicubic : ImageFilter.Bilinear };
            var image = Image(file, name + "#rgb");
            var found = new float[3 * 64 * 64];
            preprocessing.Normalise(preprocessing.Fit(new ImageExample(image.Height, image.Width, image.Pixels, 0)), found);
            using var expected = file.Read(key);
            largest = Math.Max(largest, expected.data<float>().ToArray().Zip(found, (a, b) => (double)Math.Abs(a - b)).Max());
        }

        output.WriteLine($"max difference {largest:E2} of 0.02");
        Assert.InRange(largest, 0, 1e-6);
    }

    [HubFact]
    public void The_hubs_jpegs_decode_to_Pillows_pixels()
    {
        if (Shared is null) return;
        using var file = SafeTensorsFile.Open(Shared);
        var (all, far, largest) = (0, 0, 0);
        foreach (var key in file.Entries.Keys.Where(key => key.EndsWith("#rgb", StringComparison.Ordinal)))
        {
            var path = Path.Combine(Golden.Hub!, key[..^4]);
            var expected = Image(file, key);
            var found = ImageDecoder.Decode(File.ReadAllBytes(path), path);
            Assert.Equal((expected.Height, expected.Width), (found.Height, found.Width));
            int[] differences = [.. expected.Pixels.Zip(found.Pixels, (a, b) => Math.Abs(a - b))];
            (all, far, largest) = (all + differences.Length, far + differences.Count(difference => difference > 2), Math.Max(largest, differences.Max()));
        }

        output.WriteLine($"{far} of {all} values are further than 2 levels away, at most {largest}");
        Assert.True(far <= 0.001 * all, $"{far} of {all}");
    }

    [HubFact]
    public void Decoding_at_a_fraction_of_the_size_is_close_to_decoding_the_whole()
    {
        if (Shared is null) return;
        using var file = SafeTensorsFile.Open(Shared);
        var differences = new List<int>();
        foreach (var key in file.Entries.Keys.Where(key => key.StartsWith("datasets/stanford-cars", StringComparison.Ordinal) && key.EndsWith("#rgb", StringComparison.Ordinal)))
        {
            var path = Path.Combine(Golden.Hub!, key[..^4]);
            var whole = ImageResizer.Resize(Image(file, key), 64, 64, ImageFilter.Bilinear);
            var part = ImageResizer.Resize(ImageDecoder.Decode(File.ReadAllBytes(path), path, 64), 64, 64, ImageFilter.Bilinear);
            differences.AddRange(whole.Pixels.Zip(part.Pixels, (a, b) => Math.Abs(a - b)));
        }

        output.WriteLine($"mean difference {differences.Average():F2} levels, at most {differences.Max()}");
        Assert.InRange(differences.Average(), 0.1, 4);
    }

    [Fact]
    public void An_image_of_the_size_is_returned_as_it_is()
    {
        RgbImage image = new(2, 3, new byte[18]);

        Assert.Same(image, ImageResizer.Resize(image, 2, 3, ImageFilter.Bicubic));
    }

    [Theory]
    [InlineData(1, 1, 7, 5)]
    [InlineData(7, 5, 1, 1)]
    [InlineData(3, 50, 3, 9)]
    [InlineData(50, 3, 9, 3)]
    [InlineData(31, 2, 64, 300)]
    public void One_colour_stays_that_colour(int height, int width, int toHeight, int toWidth)
    {
        byte[] colour = [7, 128, 255];
        RgbImage image = new(height, width, [.. Enumerable.Repeat(colour, height * width).SelectMany(value => value)]);

        foreach (var filter in Enum.GetValues<ImageFilter>())
            Assert.All(ImageResizer.Resize(image, toHeight, toWidth, filter).Pixels.Chunk(3), pixel => Assert.Equal(colour, pixel));
    }

    private static RgbImage Image(SafeTensorsFile file, string name)
    {
        using var pixels = file.Read(name);
        return new RgbImage((int)pixels.shape[0], (int)pixels.shape[1], pixels.data<byte>().ToArray());
    }
}
