using System.IO.Compression;
using SafeTune.Data;

namespace SafeTune.Tests.Data;

public sealed class IdxTests : IDisposable
{
    private static readonly byte[] Images = [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 3, 10, 20, 30, 40, 50, 60];

    private static readonly byte[] Labels = [0, 0, 8, 1, 0, 0, 0, 2, 7, 9];

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("")]
    [InlineData(".gz")]
    public void Grey_values_become_pixels(string ending)
    {
        Write("train-images-idx3-ubyte" + ending, Images);
        Write("train-labels-idx1-ubyte" + ending, Labels);
        var data = Load("train");
        Assert.Equal([7, 9], data.Examples.Select(example => example.Label));
        var second = (ImageExample)data.Examples[1];
        Assert.Equal((1, 3), (second.Height, second.Width));
        Assert.Equal([40, 40, 40, 50, 50, 50, 60, 60, 60], second.Pixels);
    }

    [Fact]
    public void Images_and_labels_must_be_as_many()
    {
        Write("t10k-images-idx3-ubyte", Images);
        Write("t10k-labels-idx1-ubyte", [0, 0, 8, 1, 0, 0, 0, 1, 7]);
        Assert.Contains("holds 2 images, but there are 1 labels", Told(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData(".gz")]
    public void A_few_bytes_claim_no_gigabytes(string ending)
    {
        Write("t10k-images-idx3-ubyte" + ending, [0, 0, 8, 3, 0, 0, 0, 2, 0x40, 0, 0, 0, 0, 0, 0, 1, 5]);
        Assert.Contains("2 × 1073741824 × 1 values", Told(), StringComparison.Ordinal);
        Write("t10k-images-idx3-ubyte" + ending, [0, 0, 8, 3, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 5]);
        Assert.Contains("4294967295 × 4294967295 × 4294967295 values", Told(), StringComparison.Ordinal);
    }

    [Fact]
    public void Wrong_files_are_told_with_their_place()
    {
        Assert.Contains("There is no file", Assert.Throws<MissingDataException>(() => Load("test")).Message, StringComparison.Ordinal);
        Write("t10k-images-idx3-ubyte", Labels);
        Assert.Contains("byte 0: expected an idx file of bytes in 3 dimensions", Told(), StringComparison.Ordinal);
        Write("t10k-images-idx3-ubyte", Images);
        Write("t10k-labels-idx1-ubyte", [0, 0, 8, 1, 0, 0, 0, 2, 7, 10]);
        Assert.Contains("t10k-labels-idx1-ubyte, value 2: expected a label from 0 to 9, found 10", Told(), StringComparison.Ordinal);
        File.Delete(Path.Combine(folder.Path, "t10k-images-idx3-ubyte"));
        File.WriteAllBytes(Path.Combine(folder.Path, "t10k-images-idx3-ubyte.gz"), Images);
        Assert.Contains("no sound gzip file", Told(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData(".gz")]
    public void Damage_is_survived(string ending)
    {
        Write("t10k-labels-idx1-ubyte", Labels);
        var path = Write("t10k-images-idx3-ubyte" + ending, Images);
        Damage.IsSurvived(path, File.ReadAllBytes(path), _ => Assert.NotEmpty(Load("test").Hash));
    }

    [HubFact]
    public void The_hubs_labels_are_complete()
    {
        var mnist = Path.Combine(Golden.Hub!, "datasets", "mnist");
        Assert.Equal(60_000, Idx.ReadLabels(Path.Combine(mnist, "train-labels-idx1-ubyte.gz"), 10).Length);
        var test = DataSources.Find("mnist").Load(Path.Combine(Golden.Hub!, "datasets"), "test");
        Assert.Equal((10_000, 7), (test.Examples.Count, test.Examples[0].Label));
        Assert.Equal(980, test.Examples.Count(example => example.Label == 0));
    }

    private Dataset Load(string split) => Idx.Load(folder.Path, "mnist", split, Idx.MnistLabels);

    private string Told() => Assert.Throws<UsageException>(() => Load("test")).Message;

    private string Write(string name, byte[] bytes)
    {
        var path = Path.Combine(folder.Path, name);
        using Stream stream = name.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(File.Create(path), CompressionLevel.Optimal) : File.Create(path);
        stream.Write(bytes);
        return path;
    }
}
