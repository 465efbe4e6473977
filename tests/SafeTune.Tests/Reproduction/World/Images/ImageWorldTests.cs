using System.Security.Cryptography;
using SafeTune.Data;
using SafeTune.Images;
using SafeTune.Reproduction.World.Images;
using SafeTune.Reproduction.World.Images.Classes;
using SafeTune.Tests.Data;

namespace SafeTune.Tests.Reproduction.World.Images;

public sealed class ImageWorldTests(ImageWorldFixture world) : IClassFixture<ImageWorldFixture>
{
    [Fact]
    public void The_same_bytes_are_written_each_time()
    {
        using var again = new TemporaryFolder();
        ImageWorld.Write(again.Path);
        var first = Files(world.Datasets);
        Assert.True(first.Count > 10_000, $"{first.Count} files");
        Assert.Equal(first, Files(again.Path));
    }

    [Theory]
    [InlineData("cifar10", 10, 10)]
    [InlineData("cifar100", 100, 20)]
    [InlineData("fashion_mnist", 10, 10)]
    [InlineData("tiny_imagenet", 12, 12)]
    [InlineData("food101", 10, 10)]
    [InlineData("flowers102", 102, 10)]
    [InlineData("stanford_cars", 10, 10)]
    [InlineData("country211", 12, 12)]
    public void Loaders_read_the_sets_back(string set, int classes, int used)
    {
        var source = DataSources.Find(set);
        var (train, test) = (source.Load(world.Datasets, "train"), source.Load(world.Datasets, source.EvaluationSplits[0]));
        Assert.Equal((800, 300), (train.Examples.Count, test.Examples.Count));
        Assert.Equal(classes, train.LabelNames!.Count);
        Assert.Equal(classes, train.LabelNames.Distinct().Count());
        foreach (var split in (Dataset[])[train, test])
        {
            var counts = split.Examples.CountBy(example => example.Label).Select(entry => entry.Value).ToArray();
            Assert.Equal(used, counts.Length);
            Assert.True(counts.Max() - counts.Min() <= 1, "The classes differ in size.");
        }
    }

    [Fact]
    public void Other_classes_are_read_back_as_folders()
    {
        var source = DataSources.Find("pretraining-images");
        var train = source.Load(world.Datasets, "train");
        Assert.Equal(OtherClasses.All.Count, train.LabelNames!.Count);
        Assert.Equal(OtherClasses.All.Count * ImageWorld.PretrainingImages, train.Examples.Count);
        Assert.Equal(train.LabelNames, source.Load(world.Datasets, "test").LabelNames!);
    }

    [Theory]
    [InlineData("cifar10")]
    [InlineData("cifar100")]
    [InlineData("fashion_mnist")]
    [InlineData("tiny_imagenet")]
    [InlineData("food101")]
    [InlineData("flowers102")]
    [InlineData("stanford_cars")]
    [InlineData("country211")]
    public void No_image_is_in_two_splits_or_twice_in_one(string set)
    {
        var source = DataSources.Find(set);
        string[] all = [.. source.Splits.SelectMany(split => source.Load(world.Datasets, split).Examples).Select(Pixels)];
        Assert.Equal(all.Length, all.Distinct().Count());
    }

    [Fact]
    public void Pretraining_has_no_class_of_a_task()
    {
        IReadOnlyList<ImageClass>[] tasks = [Objects.All, ShapeTextures.All, Clothes.All, Pairs.All, Plates.All, Flowers.All, Cars.All, Flags.All];
        var names = tasks.SelectMany(task => task).Select(entry => entry.Name).ToHashSet();
        Assert.DoesNotContain(OtherClasses.All, entry => names.Contains(entry.Name));
    }

    [Fact]
    public void A_class_is_drawn_light_on_dark_as_often_as_dark_on_light()
    {
        var cats = DataSources.Find("cifar10").Load(world.Datasets, "train").Examples.OfType<ImageExample>().Where(image => image.Label == 3);
        // A cat's face covers the middle, and hardly ever the corners.
        var lighter = cats.Count(image => Light(image, 18, 13) > (Light(image, 1, 1) + Light(image, 1, 30) + Light(image, 30, 1) + Light(image, 30, 30)) / 4);
        Assert.InRange(lighter, 25, 55);
    }

    private static double Light(ImageExample image, int row, int column) =>
        image.Pixels.Skip((row * image.Width + column) * RgbImage.Channels).Take(RgbImage.Channels).Average(value => value);

    private static string Pixels(Example example) => Convert.ToHexString(SHA256.HashData(new ImagePreprocessing().Fit(example).Pixels));

    private static SortedDictionary<string, string> Files(string folder) => new(
        Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .ToDictionary(path => Path.GetRelativePath(folder, path), path => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(path)))),
        StringComparer.Ordinal);
}
