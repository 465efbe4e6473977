#:package ParquetSharp@25.0.1.2
#:property ManagePackageVersionsCentrally=false
#:property PublishAot=false

// Writes the golden files with Arrow's C++ writer, which pyarrow uses too: dotnet run make.cs -- .
using ParquetSharp;
using ParquetSharp.Schema;

const int Rows = 50, FirstGroup = 30;
var folder = args[0];
Write("v1-dictionary-snappy", ParquetDataPageVersion.V1, Compression.Snappy, dictionary: true);
Write("v1-plain-none", ParquetDataPageVersion.V1, Compression.Uncompressed, dictionary: false);
Write("v2-dictionary-snappy", ParquetDataPageVersion.V2, Compression.Snappy, dictionary: true);
Write("v2-plain-gzip", ParquetDataPageVersion.V2, Compression.Gzip, dictionary: false);
Write("v1-plain-zstd", ParquetDataPageVersion.V1, Compression.Zstd, dictionary: false);

void Write(string name, ParquetDataPageVersion version, Compression compression, bool dictionary)
{
    using var builder = new WriterPropertiesBuilder();
    // Small pages, so that there are several of each column.
    builder.DataPageVersion(version).Compression(compression).DataPagesize(100).WriteBatchSize(8).EnablePageChecksum();
    if (dictionary) builder.EnableDictionary();
    else builder.DisableDictionary();
    if (version == ParquetDataPageVersion.V2) builder.DisableDictionary("flag").Encoding("flag", Encoding.Rle);
    using var properties = builder.Build();
    using var schema = Schema();
    using var writer = new ParquetFileWriter(Path.Combine(folder, name + ".parquet"), schema, properties, new Dictionary<string, string> { ["huggingface"] = """{"info": {"features": {"number": {"names": ["a", "b"]}}}}""" });
    Group(writer, 0, FirstGroup);
    Group(writer, FirstGroup, Rows);
    writer.Close();
}

GroupNode Schema()
{
    Node Leaf(string name, Repetition repetition, PhysicalType type, LogicalType? logical = null) => new PrimitiveNode(name, repetition, logical ?? LogicalType.None(), type);
    Node Text(string name) => Leaf(name, Repetition.Optional, PhysicalType.ByteArray, LogicalType.String());
    Node List(string name, Node element) => new GroupNode(name, Repetition.Optional, [new GroupNode("list", Repetition.Repeated, [element])], LogicalType.List());
    return new GroupNode("schema", Repetition.Required,
    [
        Leaf("flag", Repetition.Optional, PhysicalType.Boolean),
        Leaf("number", Repetition.Required, PhysicalType.Int32),
        Leaf("big", Repetition.Optional, PhysicalType.Int64),
        Leaf("single", Repetition.Required, PhysicalType.Float),
        Leaf("real", Repetition.Optional, PhysicalType.Double),
        Text("text"),
        Leaf("raw", Repetition.Required, PhysicalType.ByteArray),
        List("words", Text("element")),
        List("grid", List("element", Leaf("element", Repetition.Optional, PhysicalType.Int32))),
        new GroupNode("image", Repetition.Optional, [Leaf("bytes", Repetition.Optional, PhysicalType.ByteArray), Text("path")]),
        List("chat", new GroupNode("element", Repetition.Optional, [Text("role"), Text("content")])),
    ]);
}

void Group(ParquetFileWriter writer, int from, int to)
{
    using var group = writer.AppendRowGroup();
    Column(i => i % 3 == 0 ? (bool?)null : i % 2 == 0);
    Column(i => i * i - 100);
    Column(i => i % 4 == 0 ? (long?)null : i * 10_000_000_000);
    Column(i => i / 4f);
    Column(i => i % 5 == 0 ? (double?)null : i / 3.0);
    Column(i => i % 7 == 0 ? null : $"word {i % 10} é");
    Column(i => Enumerable.Repeat((byte)i, i % 5).ToArray());
    Column(i => i % 6 == 0 ? null : Enumerable.Range(1, i % 6 - 1).Select(j => j == 2 ? null : $"w{i + j}").ToArray());
    Column(i => (i % 4) switch { 0 => null, 1 => [], 2 => [[], [i]], _ => (int?[]?[])[[i, null], null, [3]] });
    Column(i => i % 8 == 0 ? (Nested<byte[]?>?)null : new Nested<byte[]?>([1, (byte)i]));
    Column(i => i % 8 == 0 ? (Nested<string?>?)null : new Nested<string?>(i % 2 == 1 ? null : $"{i}.png"));
    Column(i => Chat(i)?.Select(turn => turn is null ? (Nested<string?>?)null : new Nested<string?>(turn.Value.Role)).ToArray());
    Column(i => Chat(i)?.Select(turn => turn is null ? (Nested<string?>?)null : new Nested<string?>(turn.Value.Content)).ToArray());

    void Column<T>(Func<int, T> value)
    {
        using var column = group.NextColumn().LogicalWriter<T>();
        column.WriteBatch(Enumerable.Range(from, to - from).Select(value).ToArray());
    }

    static (string Role, string? Content)?[]? Chat(int i) => i % 5 == 0 ? null : [.. Enumerable.Range(0, i % 5 - 1).Select(j => j == 2 ? ((string, string?)?)null : (j % 2 == 0 ? "user" : "assistant", j == 1 ? null : $"turn {j} of {i}"))];
}
