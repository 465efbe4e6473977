using SafeTune.Data;

namespace SafeTune.Tests.Data;

public sealed class UserTableTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("t.csv", "id,text,label\n1,\"a, \"\"b\"\"\",pos\n2,\"two\nlines\",neg\n")]
    [InlineData("t.csv", "\uFEFFid;text;label\r\n1;\"a, \"\"b\"\"\";pos\r\n2;\"two\nlines\";neg\r\n")]
    [InlineData("t.jsonl", "{\"id\": 1, \"text\": \"a, \\\"b\\\"\", \"label\": \"pos\"}\n\n{\"label\": \"neg\", \"text\": \"two\\nlines\"}\n")]
    public void The_same_rows_read_from_every_format(string name, string text)
    {
        var data = UserTable.Load(_folder.File(name, text), ["text"], "label");
        Assert.Equal([new TextExample("a, \"b\"", null, 1), new TextExample("two\nlines", null, 0)], data.Examples);
        Assert.Equal(["neg", "pos"], data.LabelNames);
    }

    [Fact]
    public void Tsv_takes_quotes_as_text()
    {
        var data = UserTable.Load(_folder.File("t.tsv", "a\tb\tlabel\n\"x\ty\"\tno\nq\tr\tyes\n"), ["a", "b"], "label");
        Assert.Equal([new TextExample("\"x", "y\"", 0), new TextExample("q", "r", 1)], data.Examples);
    }

    [Fact]
    public void A_quote_inside_an_unquoted_csv_field_is_text() =>
        Assert.Equal("a 5\" screen", UserTable.Load(_folder.File("t.csv", "text,label\na 5\" screen,x\nb,y\n"), ["text"], "label").Examples.Cast<TextExample>().First().Text);

    [Fact]
    public void Given_label_names_decide_the_indices()
    {
        var data = UserTable.Load(_folder.File("t.csv", "text,label\na,low\nb,high\n"), ["text"], "label", ["low", "middle", "high"]);
        Assert.Equal([0, 2], data.Examples.Select(row => row.Label));
        Assert.Equal(3, data.Labels);
    }

    [Fact]
    public void A_regression_reads_numbers_with_a_point()
    {
        var data = UserTable.Load(_folder.File("t.csv", "text,score\na,-1.5\nb,2e1\n"), ["text"], "score", regression: true);
        Assert.True(data.IsRegression);
        Assert.Equal([-1.5, 20], data.Examples.Select(row => row.Label));
    }

    [Fact]
    public void A_table_without_labels_can_be_read_for_prediction()
    {
        var data = UserTable.Load(_folder.File("t.csv", "text\na\n"), ["text"], null, ["no", "yes"]);
        Assert.Equal([new TextExample("a", null, double.NaN)], data.Examples);
        Assert.Equal(["no", "yes"], data.LabelNames);
    }

    [Theory]
    [InlineData("t.csv", "text,label\na,x\nb\nc,y\n", "line 3: expected 2 columns as in the header, found 1")]
    [InlineData("t.csv", "text,label\n\"two\nlines\",x\na,b,c\n", "line 4: expected 2 columns as in the header, found 3")]
    [InlineData("t.csv", "text,label\na,x\n\"b,y\nc,z\n", "line 3: expected a closing double quote at the end of the field, found the end of the file")]
    [InlineData("t.csv", "text,label\n\"b\" c,y\n", "line 2: expected a closing double quote at the end of the field, found more text after it")]
    [InlineData("t.csv", "text,text\na,x\n", "line 1: two columns are called 'text'")]
    [InlineData("t.tsv", "text\tlabel\na\tx\tz\n", "line 2: expected 2 columns as in the header of line 1, found 3")]
    [InlineData("t.jsonl", "{\"text\": \"a\", \"label\": 1}\n{\"text\": \n", "line 2: expected a JSON object")]
    [InlineData("t.jsonl", "[1, 2]\n", "line 1: expected a JSON object")]
    [InlineData("t.jsonl", "{\"text\": \"\\ud800\", \"label\": 1}\n", "line 1: expected a JSON object")]
    [InlineData("t.jsonl", "{\"text\": \"a\", \"label\": 1}\n{\"label\": 2}\n", "line 2: column 'text' has nothing, or a nested value,")]
    [InlineData("t.jsonl", "{\"text\": [1], \"label\": 1}\n", "line 1: column 'text' has nothing, or a nested value, expected a text")]
    [InlineData("t.csv", "text,label\na,x\nb,\n", "line 3: column 'label' has nothing, expected a label")]
    public void A_bad_row_is_told_with_file_and_line(string name, string text, string expected)
    {
        var path = _folder.File(name, text);
        var error = Assert.Throws<UsageException>(() => UserTable.Load(path, ["text"], "label", ["0", "1", "2", "x", "y"]));
        Assert.StartsWith($"{path}, {expected}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_label_outside_the_set_is_told_with_the_set()
    {
        var path = _folder.File("t.csv", "text,label\na,yes\nb,nno\n");
        var error = Assert.Throws<UsageException>(() => UserTable.Load(path, ["text"], "label", ["no", "yes"]));
        Assert.Equal(
            $"{path}, line 3: column 'label' has 'nno', expected one of 'no', 'yes'; correct the label or remove the line. Did you mean 'no'?",
            error.Message);
    }

    [Theory]
    [InlineData("1,5")]
    [InlineData("much")]
    [InlineData("NaN")]
    public void A_score_that_is_no_number_is_told(string score)
    {
        var path = _folder.File("t.tsv", $"text\tscore\na\t{score}\n");
        var error = Assert.Throws<UsageException>(() => UserTable.Load(path, ["text"], "score", regression: true));
        Assert.StartsWith($"{path}, line 2: column 'score' has '{score}', expected a number", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_column_names_the_nearest()
    {
        var path = _folder.File("t.csv", "sentence,label\na,x\n");
        var error = Assert.Throws<UsageException>(() => UserTable.Load(path, ["sentnce"], "label"));
        Assert.Equal($"{path} has no column 'sentnce', found 'sentence', 'label': name one of these. Did you mean 'sentence'?", error.Message);
    }

    [Theory]
    [InlineData("t.csv", "", "is empty")]
    [InlineData("t.jsonl", "\n", "is empty")]
    [InlineData("t.csv", "text,label\n", "has no labels")]
    [InlineData("t.csv", "text,label\na,x\n", "has only the label 'x'")]
    [InlineData("t.xlsx", "", "expected .csv, .tsv")]
    public void A_table_nothing_can_be_learned_from_is_refused(string name, string text, string expected)
    {
        var path = _folder.File(name, text);
        Assert.Contains(expected, Assert.Throws<UsageException>(() => UserTable.Load(path, ["text"], "label")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_file_is_told()
    {
        var path = Path.Combine(_folder.Path, "none.csv");
        Assert.Contains(path, Assert.Throws<UsageException>(() => UserTable.Read(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Columns_that_make_no_sense_together_are_refused()
    {
        var table = UserTable.Read(_folder.File("t.csv", "a,b,c\n1,2,3\n"));
        Assert.Throws<UsageException>(() => table.ToDataset([], "c"));
        Assert.Throws<UsageException>(() => table.ToDataset(["a", "b", "c"], null));
        Assert.Throws<UsageException>(() => table.ToDataset(["a"], "a"));
        Assert.Throws<UsageException>(() => table.ToDataset(["a"], "c", ["3"], regression: true));
    }

    [Theory]
    [InlineData("t.csv", "id,text\n1,\"a, \"\"b\"\"\"\n2,\"two\nlines\"\n", "id,text,label,score\n1,\"a, \"\"b\"\"\",pos,0.75\n2,\"two\nlines\",\"n,eg\",1\n")]
    [InlineData("t.csv", "id;text\n1;x\n2;y\n", "id;text;label;score\n1;x;pos;0.75\n2;y;n,eg;1\n")]
    [InlineData("t.tsv", "id\ttext\n1\t\"a\n2\tb\n", "id\ttext\tlabel\tscore\n1\t\"a\tpos\t0.75\n2\tb\tn,eg\t1\n")]
    [InlineData(
        "t.jsonl",
        "{\"text\":\"é\\u00e9\",\"n\":{\"x\":[1]}}\n{}\n",
        "{\"text\":\"é\\u00e9\",\"n\":{\"x\":[1]}, \"label\": \"pos\", \"score\": 0.75}\n{\"label\": \"n,eg\", \"score\": 1}\n")]
    public void Predictions_are_appended_in_the_tables_own_format(string name, string text, string expected)
    {
        var output = Path.Combine(_folder.Path, "out");
        UserTable.Read(_folder.File(name, text)).WritePredictions(output, ["pos", "n,eg"], [0.75, 1]);
        Assert.Equal(expected, File.ReadAllText(output));
    }

    [Fact]
    public void A_regression_appends_scores_only()
    {
        var output = Path.Combine(_folder.Path, "out.csv");
        UserTable.Read(_folder.File("t.csv", "text\na\n")).WritePredictions(output, null, [-1.25]);
        Assert.Equal("text,score\na,-1.25\n", File.ReadAllText(output));
    }

    [Fact]
    public void Columns_that_are_there_already_are_kept()
    {
        var output = Path.Combine(_folder.Path, "out.csv");
        UserTable.Read(_folder.File("t.csv", "text,label\na,x\n")).WritePredictions(output, ["y"], [0.5]);
        Assert.Equal("text,label,predicted_label,score\na,x,y,0.5\n", File.ReadAllText(output));
    }
}
