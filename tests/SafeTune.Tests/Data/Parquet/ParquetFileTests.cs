using System.Collections;
using System.Globalization;
using SafeTune.Data;

namespace SafeTune.Tests.Data;

/// <summary>Files of Arrow's writer (tests/Golden/parquet/make.cs), small pages, two row groups, with every kind of column that is read.</summary>
public sealed class ParquetFileTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("v1-dictionary-snappy")]
    [InlineData("v1-plain-none")]
    [InlineData("v2-dictionary-snappy")]
    [InlineData("v2-plain-gzip")]
    public void Every_way_of_writing_gives_the_same_rows(string name)
    {
        var rows = Open(name).Rows().ToArray();
        Assert.Equal(50, rows.Length);
        Assert.All(rows, (row, i) => Assert.Equal(Expected(i), Shown(row)));
    }

    [Fact]
    public void Only_the_columns_asked_for_are_read()
    {
        var rows = Open("v1-plain-none").Rows("number", "image", "nothing").ToArray();
        Assert.Equal("image: {bytes: 01 02, path: 2.png}, number: -96", Shown(rows[2]));
        Assert.Equal(-100, ParquetFile.Integer(rows[0], "number"));
        Assert.Null(ParquetFile.Integer(rows[0], "image"));
        Assert.Equal(["a", "b"], Open("v1-plain-none").ClassNames("number")!);
    }

    [Fact]
    public void What_is_not_read_is_refused_by_its_name()
    {
        var told = Assert.Throws<UsageException>(() => Open("v1-plain-zstd").Rows().Count()).Message;
        Assert.Contains("v1-plain-zstd.parquet, row 1: column flag: it is compressed with Zstd, which is not read here; write the file again as pyarrow does by itself", told, StringComparison.Ordinal);
    }

    [Fact]
    public void Wrong_files_are_told()
    {
        var whole = File.ReadAllBytes(Golden.Path("parquet/v1-plain-none.parquet"));
        Assert.Contains("does not begin with PAR1", Told("no parquet"u8.ToArray()), StringComparison.Ordinal);
        Assert.Contains("does not begin with PAR1", Told([]), StringComparison.Ordinal);
        Assert.Contains("does not end with PAR1, so a part of it is missing", Told(whole[..^1]), StringComparison.Ordinal);
        Assert.Contains("its footer claims 4294967295 bytes", Told([.. whole[..^8], 0xFF, 0xFF, 0xFF, 0xFF, .. "PAR1"u8]), StringComparison.Ordinal);
        Assert.Contains("There is no file", Assert.Throws<MissingDataException>(() => ParquetFile.Open(Path.Combine(folder.Path, "none"))).Message, StringComparison.Ordinal);
        // In the first page with values.
        whole[100] ^= 1;
        Assert.Contains("the checksum of a page is wrong", Told(whole), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("v1-dictionary-snappy")]
    [InlineData("v2-plain-gzip")]
    public void Damage_is_survived(string name) =>
        Damage.IsSurvived(Path.Combine(folder.Path, "damaged.parquet"), File.ReadAllBytes(Golden.Path($"parquet/{name}.parquet")), path => Assert.All(ParquetFile.Open(path).Rows(), row => Shown(row)));

    private static ParquetFile Open(string name) => ParquetFile.Open(Golden.Path($"parquet/{name}.parquet"));

    private string Told(byte[] bytes)
    {
        var path = Path.Combine(folder.Path, "file.parquet");
        File.WriteAllBytes(path, bytes);
        return Assert.Throws<UsageException>(() => ParquetFile.Open(path).Rows().Count()).Message;
    }

    // As make.cs has it.
    private static string Expected(int i)
    {
        SortedDictionary<string, object?> row = new(StringComparer.Ordinal)
        {
            ["flag"] = i % 3 == 0 ? null : i % 2 == 0,
            ["number"] = i * i - 100,
            ["big"] = i % 4 == 0 ? null : i * 10_000_000_000,
            ["single"] = i / 4f,
            ["real"] = i % 5 == 0 ? null : i / 3.0,
            ["text"] = i % 7 == 0 ? null : $"word {i % 10} é",
            ["raw"] = Enumerable.Repeat((byte)i, i % 5).ToArray(),
            ["words"] = i % 6 == 0 ? null : Enumerable.Range(1, i % 6 - 1).Select(j => j == 2 ? null : $"w{i + j}").ToArray(),
            ["grid"] = (i % 4) switch { 0 => null, 1 => Array.Empty<object>(), 2 => (object?[])[Array.Empty<object>(), (object?[])[i]], _ => (object?[])[(object?[])[i, null], null, (object?[])[3]] },
            ["image"] = i % 8 == 0 ? null : Struct(("bytes", (byte[])[1, (byte)i]), ("path", i % 2 == 1 ? null : $"{i}.png")),
            ["chat"] = i % 5 == 0 ? null : Enumerable.Range(0, i % 5 - 1).Select(j => j == 2 ? null : Struct(("role", j % 2 == 0 ? "user" : "assistant"), ("content", j == 1 ? null : $"turn {j} of {i}"))).ToArray(),
        };
        return Shown(row.Where(field => field.Value is not null).ToDictionary(field => field.Key, field => field.Value!));
    }

    private static Dictionary<string, object> Struct(params (string Name, object? Value)[] fields) => fields.Where(field => field.Value is not null).ToDictionary(field => field.Name, field => field.Value!);

    private static string Shown(IReadOnlyDictionary<string, object> row) => string.Join(", ", row.OrderBy(field => field.Key, StringComparer.Ordinal).Select(field => $"{field.Key}: {Shown(field.Value)}"));

    private static string Shown(object? value) => value switch
    {
        null => "null",
        byte[] bytes => string.Join(' ', bytes.Select(b => b.ToString("x2", CultureInfo.InvariantCulture))),
        string text => text,
        IReadOnlyDictionary<string, object> group => $"{{{Shown(group)}}}",
        IEnumerable list => $"[{string.Join(", ", list.Cast<object?>().Select(Shown))}]",
        _ => string.Create(CultureInfo.InvariantCulture, $"{value}"),
    };
}
