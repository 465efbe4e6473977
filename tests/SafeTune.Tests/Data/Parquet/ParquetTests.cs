using Parquet.Serialization;
using SafeTune.Data;
using SafeTune.Images;

namespace SafeTune.Tests.Data;

public sealed class ParquetTests : IDisposable
{
    private const string TwoAnimals = """{"info": {"features": {"image": {"_type": "Image"}, "label": {"names": ["cat", "dog"], "_type": "ClassLabel"}}}}""";
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Images_keep_their_bytes_and_classes_over_several_files()
    {
        Write("test-00000-of-00002.parquet", [new ImageRow([1, 2, 3], 1), new ImageRow([4], 0)], TwoAnimals);
        Write("test-00001-of-00002.parquet", [new ImageRow([5, 6], 1)], TwoAnimals);
        var data = ImageParquet.Load(ParquetFile.OfSplit(folder.Path, "test"), "animals", "test");
        Assert.Equal(["cat", "dog"], data.LabelNames!);
        Assert.Equal([1, 0, 1], data.Examples.Select(example => example.Label));
        Assert.Equal([[1, 2, 3], [4], [5, 6]], data.Examples.Select(example => ((StoredImageExample)example).Source.Read()));
        Assert.EndsWith("test-00001-of-00002.parquet, row 1", ((StoredImageExample)data.Examples[2]).Source.Place, StringComparison.Ordinal);
    }

    [Fact]
    public void Part_of_a_cut_set_is_told()
    {
        Write("test-00001-of-00002.parquet", [new ImageRow([5, 6], 1)]);
        Assert.Contains("one of 2 files, of which 1 are there", Assert.Throws<MissingDataException>(() => ParquetFile.OfSplit(folder.Path, "test")).Message, StringComparison.Ordinal);
        Assert.Empty(ParquetFile.OfSplit(folder.Path, "train"));
        Assert.Empty(ParquetFile.OfSplit(Path.Combine(folder.Path, "none"), "train"));
    }

    [Fact]
    public void Rows_that_are_not_as_expected_are_told_with_their_place()
    {
        Assert.Contains("test.parquet, row 2: column 'label' is '2', expected a class from 0 to 1", Told([new([1], 1), new([1], 2)]), StringComparison.Ordinal);
        Assert.Contains("test.parquet, row 1: column 'image' holds no image's bytes", Told([new(null, 1)]), StringComparison.Ordinal);
        Assert.Contains("not one row", Told([]), StringComparison.Ordinal);
        Write("text.parquet", [new Instruction("a", "b")]);
        Assert.Contains("expected a column of images", Assert.Throws<UsageException>(() => ImageParquet.Load([Path.Combine(folder.Path, "text.parquet")], "x", "test")).Message, StringComparison.Ordinal);

        string Told(ImageRow[] rows) => Assert.Throws<UsageException>(() => ImageParquet.Load([Write("test.parquet", rows, TwoAnimals)], "animals", "test")).Message;
    }

    [Fact]
    public void Glue_reads_the_hubs_files_with_the_hubs_classes()
    {
        Write("mrpc/validation-00000-of-00001.parquet", [new Pair("a b", "c", 1), new Pair("d", "e", 0)]);
        Write("mrpc/test-00000-of-00001.parquet", [new Pair("a b", "c", -1)]);
        Write("stsb/train-00000-of-00001.parquet", [new ScoredPair("a", "b", 4.5f), new ScoredPair("a", "b", 0)]);
        var data = Glue.Load(folder.Path, Glue.Find("mrpc"), "dev");
        Assert.Equal([new TextExample("a b", "c", 1), new TextExample("d", "e", 0)], data.Examples);
        Assert.True(double.IsNaN(Glue.Load(folder.Path, Glue.Find("mrpc"), "test").Examples[0].Label));
        Assert.Equal([4.5, 0], Glue.Load(folder.Path, Glue.Find("stsb"), "train").Examples.Select(example => example.Label));
        Assert.Contains("train.tsv", Assert.Throws<MissingDataException>(() => Glue.Load(folder.Path, Glue.Find("mrpc"), "train")).Message, StringComparison.Ordinal);
        Write("mrpc/validation-00000-of-00001.parquet", [new Pair("a b", "c", 1), new Pair("d", null, 0)]);
        Assert.Contains("row 2: there is no text 'sentence2'", Assert.Throws<UsageException>(() => Glue.Load(folder.Path, Glue.Find("mrpc"), "dev")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Classes_go_by_name_where_the_file_has_other_numbers()
    {
        Write("mrpc/validation-00000-of-00001.parquet", [new Pair("a b", "c", 1)], """{"info": {"features": {"label": {"names": ["equivalent", "not_equivalent"], "_type": "ClassLabel"}}}}""");
        Assert.Equal(0, Glue.Load(folder.Path, Glue.Find("mrpc"), "dev").Examples[0].Label);
    }

    [Fact]
    public void Instructions_are_read()
    {
        var data = Instructions.Load(Write("lamini.parquet", [new Instruction("Say hi.", "Hi!"), new Instruction("Add 1 and 2.", "3")]));
        Assert.Equal([new PromptExample(Instructions.Prompt("Say hi.", ""), "Hi!"), new PromptExample(Instructions.Prompt("Add 1 and 2.", ""), "3")], data.Examples);
    }

    [Fact]
    public void Damaged_files_load_or_are_told_in_a_sentence()
    {
        var images = Write("images.parquet", [.. Enumerable.Range(0, 40).Select(i => new ImageRow([.. Enumerable.Repeat((byte)i, 1 + i)], i % 2))], TwoAnimals);
        Damage.IsSurvived(images, File.ReadAllBytes(images), path => Assert.NotEmpty(ImageParquet.Load([path], "animals", "test").Hash));
        var texts = Write("texts.parquet", [.. Enumerable.Range(0, 40).Select(i => new Instruction($"Add {i}.", "no"))]);
        Damage.IsSurvived(texts, File.ReadAllBytes(texts), path => Assert.NotEmpty(Instructions.Load(path).Hash));
    }

    [Fact]
    public void Rows_that_outgrow_memory_come_back_in_any_order()
    {
        var rows = new RowStore(mostInMemory: 100);
        for (var i = 0; i < 50; i++) rows.Add([.. Enumerable.Repeat((byte)i, i)]);
        Assert.Equal(50, rows.Count);
        Parallel.For(0, 50, i => Assert.Equal(Enumerable.Repeat((byte)(49 - i), 49 - i), rows[49 - i]));
    }

    [HubFact]
    public void The_hubs_files_have_their_counts()
    {
        var parquet = Path.Combine(Golden.Hub!, "datasets", "parquet");
        var digits = ImageParquet.Load([Path.Combine(parquet, "test-00000-of-00001.parquet")], "mnist", "test");
        var idx = DataSources.Find("mnist").Load(Path.Combine(Golden.Hub!, "datasets"), "test");
        Assert.Equal(10_000, digits.Examples.Count);
        Assert.Equal(idx.Examples.Select(example => example.Label), digits.Examples.Select(example => example.Label));
        Assert.All(Enumerable.Range(0, 10), i => Assert.Equal(((ImageExample)idx.Examples[i * 999]).Pixels, Pixels((StoredImageExample)digits.Examples[i * 999])));

        var chat = Assert.IsAssignableFrom<System.Collections.IList>(ParquetFile.Open(Path.Combine(parquet, "deita_subset_test_sft.parquet")).Rows().First()["messages"]);
        Assert.Equal("user", Assert.IsAssignableFrom<IDictionary<string, object>>(chat[0])["role"]);
        var pictures = ParquetFile.Open(Path.Combine(parquet, "llamafactory_mllm_example_test-0.parquet")).Rows().First();
        Assert.Equal("data/images/1.jpg", Assert.IsAssignableFrom<IDictionary<string, object>>(Assert.IsAssignableFrom<System.Collections.IList>(pictures["images"])[0])["path"]);
    }

    private static byte[] Pixels(StoredImageExample example) => ImageDecoder.Decode(example.Source.Read(), example.Source.Place).Pixels;

    private string Write<T>(string name, T[] rows, string? features = null)
    {
        var path = Path.Combine(folder.Path, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var metadata = features is null ? null : new Dictionary<string, string> { ["huggingface"] = features };
        ParquetSerializer.SerializeAsync(rows, path, customMetadata: metadata).GetAwaiter().GetResult();
        return path;
    }

    // Spelt as the hub's columns are.
#pragma warning disable IDE1006
    private sealed class ImagePart(byte[]? bytes)
    {
        public ImagePart() : this(null) { }

        public byte[]? bytes { get; set; } = bytes;
    }

    private sealed class ImageRow(byte[]? bytes, long label)
    {
        public ImageRow() : this(null, 0) { }

        public ImagePart? image { get; set; } = new(bytes);

        public long label { get; set; } = label;
    }

    private class Texts(string? first, string? second)
    {
        public Texts() : this(null, null) { }

        public string? sentence1 { get; set; } = first;

        public string? sentence2 { get; set; } = second;
    }

    private sealed class Pair(string? first, string? second, long label) : Texts(first, second)
    {
        public Pair() : this(null, null, 0) { }

        public long label { get; set; } = label;
    }

    private sealed class ScoredPair(string first, string second, float label) : Texts(first, second)
    {
        public ScoredPair() : this("", "", 0) { }

        public float label { get; set; } = label;
    }

    private sealed class Instruction(string instruction, string response)
    {
        public Instruction() : this("", "") { }

        public string instruction { get; set; } = instruction;

        public string response { get; set; } = response;
    }
}
