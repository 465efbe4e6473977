using SafeTune.Data;

namespace SafeTune.Tests.Data;

public sealed class GlueTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Cola_has_no_header_and_four_columns()
    {
        _folder.File("CoLA/train.tsv", "gj04\t1\t\tOur friends won't buy this.\nks08\t0\t*\tHe \"washed us.\n");
        var data = Load("cola", "train");
        Assert.Equal([new TextExample("Our friends won't buy this.", null, 1), new TextExample("He \"washed us.", null, 0)], data.Examples);
        Assert.Equal(["unacceptable", "acceptable"], data.LabelNames);
    }

    [Fact]
    public void Cola_test_has_a_header_and_no_labels()
    {
        _folder.File("CoLA/test.tsv", "index\tsentence\n0\tBill whistled.\n");
        Assert.Equal([new TextExample("Bill whistled.", null, double.NaN)], Load("cola", "test").Examples);
    }

    [Fact]
    public void Mrpc_starts_with_a_byte_order_mark_and_quotes_are_text()
    {
        _folder.File("MRPC/dev.tsv", "\uFEFFQuality\t#1 ID\t#2 ID\t#1 String\t#2 String\n1\t1\t2\tHe said so.\t\"He said so.\n0\t3\t4\t\"a\" b\tc\n");
        Assert.Equal([new TextExample("He said so.", "\"He said so.", 1), new TextExample("\"a\" b", "c", 0)], Load("mrpc", "dev").Examples);
    }

    [Fact]
    public void Mrpc_test_has_labels_only_where_the_file_has_the_column()
    {
        _folder.File("MRPC/test.tsv", "index\t#1 ID\t#2 ID\t#1 String\t#2 String\n0\t1\t2\ta\tb\n");
        Assert.Equal(double.NaN, Load("mrpc", "test").Examples[0].Label);
        _folder.File("MRPC/test.tsv", "Quality\t#1 ID\t#2 ID\t#1 String\t#2 String\n1\t1\t2\ta\tb\n");
        Assert.Equal(1, Load("mrpc", "test").Examples[0].Label);
    }

    [Fact]
    public void Stsb_is_a_regression_in_ten_columns()
    {
        const string header = "index\tgenre\tfilename\tyear\told_index\tsource1\tsource2\tsentence1\tsentence2\tscore\n";
        _folder.File("STS-B/train.tsv", header + "0\tg\tf\ty\to\ts\ts\ta\tb\t3.800\n");
        var data = Load("stsb", "train");
        Assert.True(data.IsRegression);
        Assert.Equal(1, data.Labels);
        Assert.Equal([new TextExample("a", "b", 3.8)], data.Examples);
    }

    [Fact]
    public void Mnli_takes_the_gold_label_whatever_the_number_of_annotators()
    {
        const string start =
            "index\tpromptID\tpairID\tgenre\tsentence1_binary_parse\tsentence2_binary_parse\tsentence1_parse\tsentence2_parse\tsentence1\tsentence2\t";
        const string row = "0\t1\t1n\tslate\tp\tp\tp\tp\tpremise\thypothesis\t";
        _folder.File("MNLI/train.tsv", start + "label1\tgold_label\n" + row + "neutral\tentailment\n");
        _folder.File("MNLI/dev_mismatched.tsv", start + "label1\tlabel2\tlabel3\tgold_label\n" + row + "neutral\tneutral\tneutral\tcontradiction\n");
        Assert.Equal([new TextExample("premise", "hypothesis", 0)], Load("mnli", "train").Examples);
        Assert.Equal([new TextExample("premise", "hypothesis", 2)], Load("mnli", "dev_mismatched").Examples);
    }

    [Fact]
    public void Rows_whose_annotators_did_not_agree_are_left_out_and_counted()
    {
        _folder.File("MNLI/dev_matched.tsv", "sentence1\tsentence2\tgold_label\na\tb\t-\nc\td\tneutral\n");
        var data = Load("mnli", "dev_matched");
        Assert.Equal([new TextExample("c", "d", 1)], data.Examples);
        Assert.Equal(1, data.SkippedRows);
    }

    [Fact]
    public void Crlf_reads_as_lf_does()
    {
        _folder.File("RTE/train.tsv", "index\tsentence1\tsentence2\tlabel\n0\ta\tb\tentailment\n1\tc\td\tnot_entailment");
        _folder.File("RTE/dev.tsv", "index\tsentence1\tsentence2\tlabel\r\n0\ta\tb\tentailment\r\n1\tc\td\tnot_entailment\r\n\r\n");
        Assert.Equal(Load("rte", "train").Hash, Load("rte", "dev").Hash);
    }

    [Theory]
    [InlineData("7\t1\t2\tHow?\tWhy? 0", 5, "a missing tab")]
    [InlineData("7\t1\t2\tHow?\tWh\ty?\t0", 7, "a stray tab")]
    public void A_broken_row_is_told_with_file_and_line(string row, int found, string reason)
    {
        var path = _folder.File("QQP/train.tsv", $"id\tqid1\tqid2\tquestion1\tquestion2\tis_duplicate\n6\t1\t2\ta\tb\t1\n{row}\n");
        var error = Assert.Throws<UsageException>(() => Load("qqp", "train"));
        Assert.Equal(
            $"{path}, line 3: expected 6 columns as in the header of line 1, found {found}, probably {reason}; "
            + "correct the line, or skip such rows with --skip-broken-rows (skipBrokenRows in C#).",
            error.Message);
    }

    [Fact]
    public void Broken_rows_are_skipped_and_counted_when_asked()
    {
        _folder.File("QQP/train.tsv", "id\tqid1\tqid2\tquestion1\tquestion2\tis_duplicate\n6\t1\t2\ta\tb\t1\n7\tbroken\n8\t1\t2\tc\td\t0\n");
        var data = Glue.Load(_folder.Path, Glue.Find("qqp"), "train", skipBrokenRows: true);
        Assert.Equal([new TextExample("a", "b", 1), new TextExample("c", "d", 0)], data.Examples);
        Assert.Equal(1, data.SkippedRows);
    }

    [Theory]
    [InlineData("sst2", "SST-2/dev.tsv", "sentence\tlabel\ngood\t1\nbad\t2\n", "line 3: column 'label' is '2', expected one of 0, 1;")]
    [InlineData("rte", "RTE/dev.tsv", "index\tsentence1\tsentence2\tlabel\n0\ta\tb\tmaybe\n", "line 2: column 'label' is 'maybe', expected one of entailment,")]
    [InlineData("stsb", "STS-B/dev.tsv", "sentence1\tsentence2\tscore\na\tb\t7\n", "line 2: column 'score' is '7', expected a number from 0 to 5;")]
    [InlineData("stsb", "STS-B/dev.tsv", "sentence1\tsentence2\tscore\na\tb\tNaN\n", "line 2: column 'score' is 'NaN', expected a number from 0 to 5;")]
    [InlineData("sst2", "SST-2/dev.tsv", "sentense\tlabel\ngood\t1\n", "line 1: expected a header with a column 'sentence', found 'sentense', 'label'")]
    [InlineData("sst2", "SST-2/dev.tsv", "", "line 1: expected the names of the columns, found an empty line")]
    public void Wrong_content_is_told_with_file_and_line(string task, string file, string text, string expected)
    {
        var path = _folder.File(file, text);
        var error = Assert.Throws<UsageException>(() => Load(task, "dev"));
        Assert.StartsWith($"{path}, {expected}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_folder_or_file_says_where_it_was_looked_for()
    {
        var folder = Path.Combine(_folder.Path, "QNLI");
        Assert.Contains($"no folder '{folder}'", Assert.Throws<MissingDataException>(() => Load("qnli", "dev")).Message, StringComparison.Ordinal);
        Directory.CreateDirectory(folder);
        Assert.Contains($"no file '{folder}/dev.tsv'", Assert.Throws<MissingDataException>(() => Load("qnli", "dev")).Message, StringComparison.Ordinal);
        var nowhere = Path.Combine(_folder.Path, "nowhere");
        var error = Assert.Throws<MissingDataException>(() => Glue.Load(nowhere, Glue.Find("qnli"), "dev"));
        Assert.Contains($"no folder '{nowhere}'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Folders_are_found_in_any_case()
    {
        _folder.File("sst2/dev.tsv", "sentence\tlabel\ngood\t1\n");
        Assert.Equal([new TextExample("good", null, 1)], Load("sst2", "dev").Examples);
    }

    [Theory]
    [InlineData("mnli", "dev", "mnli has no split 'dev'. Its splits are: train, dev_matched, dev_mismatched, test_matched, test_mismatched.")]
    [InlineData("rte", "trian", "rte has no split 'trian'. Did you mean 'train'? Its splits are: train, dev, test.")]
    public void A_split_that_is_not_there_is_told_with_those_that_are(string task, string split, string expected) =>
        Assert.Equal(expected, Assert.Throws<UsageException>(() => Load(task, split)).Message);

    [Theory]
    [InlineData("mrpc", "mrpc")]
    [InlineData("SST-2", "sst2")]
    [InlineData("STS-b", "stsb")]
    public void Tasks_are_found_by_name_and_folder(string name, string task) => Assert.Equal(task, Glue.Find(name).Name);

    [Fact]
    public void An_unknown_task_names_the_nearest() =>
        Assert.StartsWith(
            "There is no GLUE task 'mprc'. Did you mean 'mrpc'? The tasks are: cola,",
            Assert.Throws<UsageException>(() => Glue.Find("mprc")).Message,
            StringComparison.Ordinal);

    private Dataset Load(string task, string split) => Glue.Load(_folder.Path, Glue.Find(task), split);
}
