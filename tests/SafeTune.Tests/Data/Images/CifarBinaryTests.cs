using SafeTune.Data;

namespace SafeTune.Tests.Data;

public sealed class CifarBinaryTests : IDisposable
{
    private static readonly string[] Names10 = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];

    private readonly TemporaryFolder folder = new();

    public CifarBinaryTests()
    {
        folder.File("batches.meta.txt", string.Join('\n', Names10) + "\n\n");
        folder.File("fine_label_names.txt", string.Concat(Enumerable.Range(0, 100).Select(i => $"fine{i}\n")));
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Planes_become_pixels_and_batches_follow_each_other()
    {
        for (var i = 1; i <= 5; i++) Write($"data_batch_{i}.bin", Record([(byte)i]));
        var data = CifarBinary.Load10(folder.Path, "train");
        Assert.Equal([1, 2, 3, 4, 5], data.Examples.Select(example => example.Label));
        Assert.Equal(Names10, data.LabelNames!);
        var image = (ImageExample)data.Examples[2];
        Assert.Equal((32, 32), (image.Height, image.Width));
        Assert.Equal([0, 100, 200, 1, 101, 201], image.Pixels[..6]);
    }

    [Fact]
    public void The_fine_label_is_the_one_of_cifar100()
    {
        Write("test.bin", [.. Record([3, 42]), .. Record([4, 99])]);
        var data = CifarBinary.Load100(folder.Path, "test");
        Assert.Equal([42, 99], data.Examples.Select(example => example.Label));
        Assert.Equal("fine42", data.LabelNames![42]);
    }

    [Fact]
    public void Wrong_files_are_told_with_their_place()
    {
        Assert.Contains("There is no file", Assert.Throws<MissingDataException>(() => CifarBinary.Load10(folder.Path, "test")).Message, StringComparison.Ordinal);
        Write("test_batch.bin", [.. Record([0]), .. Record([10])]);
        Assert.Contains("test_batch.bin, byte 3073 (record 2): expected a label from 0 to 9, found 10", Told("test"), StringComparison.Ordinal);
        Write("test_batch.bin", Record([0])[..^1]);
        Assert.Contains("expected whole records of 3073 bytes, found 3072", Told("test"), StringComparison.Ordinal);
        folder.File("batches.meta.txt", "cat\ndog\n");
        Assert.Contains("expected 10 names of classes, a line each, found 2", Told("test"), StringComparison.Ordinal);
        Assert.Contains("no split 'dev'", Told("dev"), StringComparison.Ordinal);
    }

    [Fact]
    public void Damage_is_survived() => Damage.IsSurvived(
        Path.Combine(folder.Path, "test_batch.bin"), [.. Record([0]), .. Record([9])], _ => Assert.NotEmpty(CifarBinary.Load10(folder.Path, "test").Hash));

    private string Told(string split) => Assert.Throws<UsageException>(() => CifarBinary.Load10(folder.Path, split)).Message;

    // Red counts up from 0, green from 100, blue from 200.
    private static byte[] Record(byte[] labels) => [.. labels, .. Enumerable.Range(0, 3072).Select(i => (byte)(i / 1024 * 100 + i % 1024))];

    private void Write(string name, byte[] bytes) => File.WriteAllBytes(Path.Combine(folder.Path, name), bytes);
}
