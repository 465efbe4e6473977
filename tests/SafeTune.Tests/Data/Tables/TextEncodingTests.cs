using System.Text;
using SafeTune.Data;

namespace SafeTune.Tests.Data.Tables;

/// <summary>A table is read in its encoding or not at all, and written back as it came.</summary>
public sealed class TextEncodingTests : IDisposable
{
    private const string Table = "text;label\r\nDie Größe stimmt;groß\r\nfür die Füße;grüß\r\n";
    private readonly TemporaryFolder _folder = new();

    static TextEncodingTests() => Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("utf-8", false, null)]
    [InlineData("utf-8", true, null)]
    [InlineData("utf-8", true, "utf-8")]
    [InlineData("utf-16", true, null)]
    [InlineData("utf-16", false, "utf-16")]
    [InlineData("utf-16BE", true, null)]
    [InlineData("utf-16BE", true, "utf-16")]
    [InlineData("utf-16BE", false, "utf-16BE")]
    [InlineData("utf-32", true, null)]
    [InlineData("windows-1252", false, "windows-1252")]
    [InlineData("windows-1252", false, "cp1252")]
    [InlineData("iso-8859-1", false, "latin1")]
    [InlineData("ibm850", false, "cp850")]
    public void Predictions_are_written_in_the_bytes_that_the_table_came_in(string encoding, bool hasMark, string? named)
    {
        var path = Written("t.csv", Table, encoding, hasMark);

        var table = UserTable.Read(path, named);
        table.WritePredictions(_folder.Path + "/p.csv", ["groß", "grüß"], [0.5, 0.75]);

        Assert.Equal(["groß", "grüß"], table.ToDataset(["text"], "label").LabelNames!);
        var expected = "text;label;predicted_label;score\r\nDie Größe stimmt;groß;groß;0.5\r\nfür die Füße;grüß;grüß;0.75\r\n";
        Assert.Equal(File.ReadAllBytes(Written("expected.csv", expected, encoding, hasMark)), File.ReadAllBytes(_folder.Path + "/p.csv"));
    }

    [Theory]
    [InlineData("t.csv", "text;label\ngut;für\nschön;fèr\n", 2, 6, "0xFC")]
    [InlineData("t.tsv", "text\tlabel\nok\ta\nschön\tb\n", 3, 4, "0xF6")]
    [InlineData("t.jsonl", "{\"text\": \"é\", \"label\": \"a\"}\n", 1, 11, "0xE9")]
    [InlineData("t.csv", "größe,label\na,b\n", 1, 3, "0xF6")]
    public void A_byte_that_is_no_utf8_is_named_with_its_line(string name, string text, int line, int position, string value)
    {
        var path = Written(name, text, "windows-1252", hasMark: false);

        var wrong = Assert.Throws<UsageException>(() => UserTable.Read(path));

        Assert.Contains($"line {line}, byte {position}: {value} is not UTF-8", wrong.Message, StringComparison.Ordinal);
        Assert.Contains("--encoding windows-1252", wrong.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_wrong_byte_far_into_a_file_is_found_too()
    {
        var path = Written("t.csv", "text,label\n" + string.Concat(Enumerable.Repeat("a text,x\n", 40_000)) + "für,y\n", "windows-1252", hasMark: false);
        Assert.Contains("line 40002, byte 2: 0xFC", Assert.Throws<UsageException>(() => UserTable.Read(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Where_no_encoding_can_be_named_the_sentence_does_not_ask_for_it()
    {
        var wrong = Assert.Throws<UsageException>(() => TextLines.Of(Written("lines.txt", "für\n", "windows-1252", hasMark: false)).ToList());
        Assert.EndsWith("line 1, byte 2: 0xFC is not UTF-8; save the file as UTF-8.", wrong.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Utf16_without_a_mark_is_told_apart()
    {
        var path = Written("t.csv", Table, "utf-16", hasMark: false);
        Assert.Contains("--encoding utf-16", Assert.Throws<UsageException>(() => UserTable.Read(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_mark_of_another_encoding_than_the_named_one_is_refused()
    {
        var path = Written("t.csv", Table, "utf-8", hasMark: true);
        Assert.Contains("byte order mark of utf-8, and windows-1252", Assert.Throws<UsageException>(() => UserTable.Read(path, "windows-1252")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_encoding_is_refused_by_name()
    {
        var path = Written("t.csv", Table, "utf-8", hasMark: false);
        Assert.Contains("no encoding 'klingon'", Assert.Throws<UsageException>(() => UserTable.Read(path, "klingon")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_label_that_the_tables_encoding_lacks_is_refused_and_no_file_appears()
    {
        var path = Written("t.csv", "text\ngut\n", "windows-1252", hasMark: false);
        var wrong = Assert.Throws<UsageException>(() => UserTable.Read(path, "windows-1252").WritePredictions(_folder.Path + "/p.csv", ["日本"], [1]));
        Assert.Contains("U+65E5", wrong.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder.Path + "/p.csv"));
    }

    [Theory]
    [InlineData("utf-8")]
    [InlineData("utf-16")]
    public void A_task_file_is_read_by_its_mark_or_as_utf8(string encoding) =>
        Assert.Equal(["Größe"], TextLines.Of(Written("lines.txt", "Größe\n", encoding, hasMark: true)));

    private string Written(string name, string text, string encoding, bool hasMark)
    {
        var path = _folder.Path + "/" + name;
        var known = Encoding.GetEncoding(encoding);
        File.WriteAllBytes(path, [.. hasMark ? known.GetPreamble() : [], .. known.GetBytes(text)]);
        return path;
    }
}
