using System.Formats.Tar;
using System.IO.Compression;
using SafeTune.Data;
using SafeTune.Tests.Data;

namespace SafeTune.Tests.Cli;

public sealed class DataTests : IDisposable
{
    private readonly TemporaryFolder hub = new();

    public static TheoryData<string> Names => [.. DataSources.All.Select(source => source.Name)];

    public void Dispose() => hub.Dispose();

    [Theory]
    [MemberData(nameof(Names))]
    public void A_dataset_that_is_not_there_is_told_in_a_line(string name)
    {
        Directory.CreateDirectory(Path.Combine(hub.Path, "datasets"));
        var outcome = CommandLine.Run("data", name, "--hub", hub.Path);
        Assert.Equal(2, outcome.Code);
        Assert.Contains("There is no ", Assert.Single(outcome.Errors), StringComparison.Ordinal);
    }

    [Fact]
    public void Splits_sizes_labels_and_what_is_missing_are_printed()
    {
        foreach (var path in (string[])["train/AD/1.jpg", "train/CH/2.jpg", "train/CH/3.jpg", "valid/CH/4.jpg"]) hub.File($"datasets/country211/{path}", "x");
        var outcome = CommandLine.Run("data", "country211", "--hub", hub.Path);
        Assert.Equal(0, outcome.Code);
        Assert.Contains("AD 1, CH 2", outcome.Output, StringComparison.Ordinal);
        Assert.Contains("test: not there. There is no folder", outcome.Output, StringComparison.Ordinal);
        Assert.Contains("1.jpg [AD]", outcome.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_download_is_unpacked_on_the_way()
    {
        hub.File("datasets/readme.txt", "");
        using (var tar = new TarWriter(new GZipStream(File.Create(Path.Combine(hub.Path, "datasets", "food-101.tar.gz")), CompressionLevel.Fastest)))
        {
            foreach (var (name, text) in ((string, string)[])[("meta/classes.txt", "pie\n"), ("meta/labels.txt", "Pie\n"), ("meta/train.txt", "pie/1\n"), ("meta/test.txt", "pie/2\n"), ("images/pie/1.jpg", "x")])
                tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, "food-101/" + name) { DataStream = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(text)) });
        }

        var outcome = CommandLine.Run("data", "food101", "--hub", hub.Path);
        Assert.Equal((0, ""), (outcome.Code, outcome.Error));
        Assert.Contains("Pie 1", outcome.Output, StringComparison.Ordinal);
    }
}
