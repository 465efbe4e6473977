using SafeTune.Batching;
using SafeTune.Data;
using SafeTune.Images;

namespace SafeTune.Tests.Data;

public sealed class ImageDataTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_folder_a_class_gives_the_classes_by_name()
    {
        foreach (var path in (string[])["dog/b.jpg", "cat/a.png", "dog/a.JPEG", "cat/notes.txt"]) Write(path, "x");
        var data = ImageFolder.Load(folder.Path);
        Assert.Equal(["cat", "dog"], data.LabelNames!);
        Assert.Equal([0, 1, 1], data.Examples.Select(example => example.Label));
        Assert.EndsWith("a.JPEG", ((StoredImageExample)data.Examples[1]).Source.Place, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_without_images_is_told()
    {
        Write("cat/notes.txt", "x");
        Assert.Contains("no folder in it holds images", Assert.Throws<UsageException>(() => ImageFolder.Load(folder.Path)).Message, StringComparison.Ordinal);
        Assert.Contains("There is no folder", Assert.Throws<MissingDataException>(() => ImageFolder.Load(Path.Combine(folder.Path, "none"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_line_of_another_class_is_told_with_its_place()
    {
        Write("wnids.txt", "n01\nn02\n");
        Write("words.txt", "n01\tcat, kitty\nn02\tdog\n");
        Write("val/images/a.JPEG", "x");
        Write("val/val_annotations.txt", "a.JPEG\tn02\t0\t0\t9\t9\nb.JPEG\tn03\t0\t0\t9\t9\n");
        Assert.Contains("val_annotations.txt, line 2", Assert.Throws<UsageException>(() => TinyImageNet.Load(folder.Path, "val")).Message, StringComparison.Ordinal);
        Write("val/val_annotations.txt", "a.JPEG\tn02\t0\t0\t9\t9\n");
        var data = TinyImageNet.Load(folder.Path, "val");
        Assert.Equal(["cat", "dog"], data.LabelNames!);
        Assert.Equal(1, Assert.Single(data.Examples).Label);
    }

    [HubFact]
    public void The_hubs_images_have_their_counts_and_become_batches()
    {
        var datasets = Path.Combine(Golden.Hub!, "datasets");
        Assert.Equal((600, 200), (Count(datasets, "cifar10", "train"), Count(datasets, "cifar10", "test")));
        Assert.Equal((240, 80), (Count(datasets, "tiny_imagenet", "train"), Count(datasets, "tiny_imagenet", "val")));
        var data = DataSources.Find("tiny_imagenet").Load(datasets, "val");
        var batches = new Batches(data, new ImageEncoder(new ImagePreprocessing { Size = (32, 32) }, isRegression: false), 16);
        int[] rows = [.. Enumerable.Range(0, 16)];
        using var first = (ImageBatch)batches.Of(rows);
        using var work = batches.Announce([rows]);
        using var ahead = (ImageBatch)batches.Of(rows);
        Assert.Equal([16, 3, 32, 32], first.Pixels.shape);
        Assert.Equal(first.Pixels.data<float>().ToArray(), ahead.Pixels.data<float>().ToArray());
        Assert.InRange(first.Pixels.abs().max().item<float>(), 0.5f, 1);
    }

    [Fact]
    public void A_broken_image_is_told_where_the_batch_is_used()
    {
        Write("cat/a.png", "no image");
        var batches = new Batches(ImageFolder.Load(folder.Path), new ImageEncoder(new ImagePreprocessing { Size = (8, 8) }, isRegression: false), 1);
        int[] rows = [0];
        using var ahead = batches.Announce([rows]);
        Assert.Contains("neither a JPEG nor a PNG", Assert.Throws<UsageException>(() => batches.Of(rows)).Message, StringComparison.Ordinal);
    }

    private static int Count(string datasets, string name, string split) => DataSources.Find(name).Load(datasets, split).Examples.Count;

    private void Write(string path, string text)
    {
        var full = Path.Combine(folder.Path, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, text);
    }
}
