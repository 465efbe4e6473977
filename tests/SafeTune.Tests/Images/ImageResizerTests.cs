using SafeTune.Checkpoints;
using SafeTune.Images;
using TorchSharp;

namespace SafeTune.Tests.Images;

public sealed class ImageResizerTests
{
    [Theory]
    [InlineData("bicubic64", Resampling.Bicubic)]
    [InlineData("bilinear64", Resampling.Bilinear)]
    public void It_resizes_as_pillow_does(string name, Resampling resampling) => Compare(Golden.Path("images/images.safetensors"), name, resampling);

    [HubFact]
    public void It_resizes_every_golden_image_as_pillow_does()
    {
        var all = Path.Combine(Golden.Hub!, "..", "golden", "images", "images.safetensors");
        if (!File.Exists(all)) return;
        Compare(all, "bicubic64", Resampling.Bicubic);
        Compare(all, "bilinear64", Resampling.Bilinear);
    }

    [Fact]
    public void An_image_of_its_own_size_is_not_touched()
    {
        var image = new Picture(2, 3, [.. Enumerable.Range(0, 18).Select(i => (byte)(i * 14))]);
        Assert.Same(image, ImageResizer.Resize(image, 2, 3, Resampling.Bicubic));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(7, 3)]
    [InlineData(40, 90)]
    public void A_plain_colour_stays_what_it_is(int height, int width)
    {
        var image = new Picture(9, 11, [.. Enumerable.Range(0, 9 * 11).SelectMany(_ => (byte[])[200, 0, 255])]);
        foreach (var resampling in Enum.GetValues<Resampling>())
        {
            var resized = ImageResizer.Resize(image, height, width, resampling);
            Assert.Equal((height, width), (resized.Height, resized.Width));
            Assert.All(resized.Pixels.Chunk(3), pixel => Assert.Equal([200, 0, 255], pixel));
        }
    }

    // Normalised by mean and deviation of a half, as the golden files are: 0.02 is two and a half levels.
    private static void Compare(string file, string name, Resampling resampling)
    {
        using var scope = torch.NewDisposeScope();
        using var golden = SafeTensorsFile.Open(file);
        var images = golden.Entries.Keys.Where(key => key.EndsWith("#rgb", StringComparison.Ordinal)).Select(key => key[..^4]).ToArray();
        Assert.NotEmpty(images);
        foreach (var image in images)
        {
            var rgb = golden.Read(image + "#rgb");
            var picture = new Picture((int)rgb.shape[0], (int)rgb.shape[1], rgb.data<byte>().ToArray());
            var resized = ImageResizer.Resize(picture, 64, 64, resampling);
            var actual = torch.tensor(resized.Pixels.Select(value => value / 127.5f - 1).ToArray(), [64, 64, 3]).permute(2, 0, 1);
            var largest = (actual - golden.Read($"{image}#{name}")).abs().max().item<float>();
            Assert.True(largest < 0.02, $"{image}: {largest}");
        }
    }
}
