using SafeTune.Data;
using SafeTune.Images;
using SafeTune.Models;
using SafeTune.Tests.Data;

namespace SafeTune.Tests.Images;

public sealed class ImagePreprocessingTests
{
    [Fact]
    public void Without_a_file_images_get_the_models_size()
    {
        using var folder = new TemporaryFolder();

        var read = ImageProcessorConfig.Read(folder.Path, 384);

        Assert.Equal((384, 384), read.Size);
        Assert.Equal((ImageFilter.Bilinear, 1 / 255.0), (read.Filter, read.Rescale));
        Assert.Equal([0.5, 0.5, 0.5], read.Mean);
    }

    [Fact]
    public void A_file_that_says_little_means_what_ViTs_processor_does()
    {
        var read = Read("{}");

        Assert.Equal(((224, 224), null, null), (read.Size!.Value, read.ShortestEdge, read.Crop));
        Assert.Equal([0.5, 0.5, 0.5], read.Deviation);
    }

    [Fact]
    public void Everything_a_file_says_is_read()
    {
        var read = Read("""
            {"size": {"shortest_edge": 256}, "resample": 3, "do_center_crop": true, "crop_size": {"height": 224, "width": 192}, "rescale_factor": 0.5,
             "image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225]}
            """);

        Assert.Equal((null, 256, (224, 192)), (read.Size, read.ShortestEdge, read.Crop!.Value));
        Assert.Equal((ImageFilter.Bicubic, 0.5, 0.406, 0.229), (read.Filter, read.Rescale, read.Mean[2], read.Deviation[0]));
    }

    [Theory]
    [InlineData("""{"size": 96}""", 96, 96)]
    [InlineData("""{"size": {"height": 32, "width": 48}}""", 32, 48)]
    public void A_size_is_a_number_or_two(string json, int height, int width) => Assert.Equal((height, width), Read(json).Size);

    [Fact]
    public void What_is_switched_off_is_not_done()
    {
        var read = Read("""{"do_resize": false, "do_rescale": false, "do_normalize": false, "size": 7, "resample": 1, "crop_size": 3}""");

        Assert.Equal((null, null, null, 1.0), (read.Size, read.ShortestEdge, read.Crop, read.Rescale));
        Assert.Equal([0, 0, 0], read.Mean);
        Assert.Equal([1, 1, 1], read.Deviation);
    }

    [Theory]
    [InlineData("""{"size": {"longest_edge": 7}}""", "'size'")]
    [InlineData("""{"size": 0}""", "'size' is 0; expected pixels from 1 to")]
    [InlineData("""{"size": {"height": 2}}""", "'size'")]
    [InlineData("""{"size": {"shortest_edge": 1e9}}""", "'shortest_edge'")]
    [InlineData("""{"resample": 1}""", "expected 2 (bilinear) or 3 (bicubic)")]
    [InlineData("""{"resample": "bicubic"}""", "'resample'")]
    [InlineData("""{"do_center_crop": true, "crop_size": "7"}""", "'crop_size'")]
    [InlineData("""{"rescale_factor": "1"}""", "'rescale_factor'")]
    [InlineData("""{"image_mean": [1, 2]}""", "expected three numbers")]
    [InlineData("""{"image_std": [1, 0, 1]}""", "'image_std'")]
    public void What_is_not_done_here_is_refused_by_name(string json, string sentence)
    {
        var message = Assert.Throws<UsageException>(() => Read(json)).Message;

        Assert.Contains("preprocessor_config.json: ", message, StringComparison.Ordinal);
        Assert.Contains(sentence, message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(20, 31, 10, 15)]
    [InlineData(31, 20, 15, 10)]
    [InlineData(20, 20, 10, 10)]
    public void The_shorter_side_sets_the_size(int height, int width, int toHeight, int toWidth)
    {
        var image = new ImagePreprocessing { ShortestEdge = 10 }.Fit(new ImageExample(height, width, new byte[height * width * 3], 0));

        Assert.Equal((toHeight, toWidth), (image.Height, image.Width));
    }

    [Fact]
    public void A_jpeg_decoded_at_a_fraction_gets_the_size_of_the_whole()
    {
        Stored stored = new(JpegWriter.Write(375, 500, JpegWriter.Picture(375, 500)));

        var image = new ImagePreprocessing { ShortestEdge = 100 }.Fit(new StoredImageExample(stored, 0));

        Assert.Equal((100, 133), (image.Height, image.Width));
    }

    [Theory]
    [InlineData(6, 4, 1, 1)]
    [InlineData(7, 5, 1, 1)]
    [InlineData(4, 2, 0, 0)]
    [InlineData(3, 1, -1, -1)]
    [InlineData(2, 2, -1, 0)]
    public void The_middle_is_kept_with_black_around_it(int height, int width, int top, int left)
    {
        byte[] pixels = [.. Enumerable.Range(1, height * width).SelectMany(value => Enumerable.Repeat((byte)value, 3))];

        var image = new ImagePreprocessing { Crop = (4, 2) }.Fit(new ImageExample(height, width, pixels, 0));

        byte[] expected = [.. from y in Enumerable.Range(top, 4) from x in Enumerable.Range(left, 2) select (byte)(y < 0 || y >= height || x < 0 || x >= width ? 0 : (y * width) + x + 1)];
        Assert.Equal(expected, image.Pixels.Where((_, i) => i % 3 == 0));
    }

    [Fact]
    public void A_decoded_image_of_the_models_size_is_taken_as_it_is()
    {
        ImageExample example = new(16, 16, JpegWriter.Picture(16, 16), 0);

        var image = new ImagePreprocessing { Size = (224, 224), Untouched = (16, 16) }.Fit(example);

        Assert.Same(example.Pixels, image.Pixels);
    }

    [Fact]
    public void A_line_is_not_blown_up_to_gigabytes() => Assert.Contains("so narrow", Assert.Throws<UsageException>(
        () => new ImagePreprocessing { ShortestEdge = 224 }.Fit(new ImageExample(1, 60_000, new byte[180_000], 0))).Message, StringComparison.Ordinal);

    private static ImagePreprocessing Read(string json)
    {
        using var folder = new TemporaryFolder();
        folder.File("preprocessor_config.json", json);
        return ImageProcessorConfig.Read(folder.Path, 16);
    }
}
