using SafeTune.Data;

namespace SafeTune.Tests.Data;

/// <summary>The official files, as far as the hub folder has them.</summary>
public sealed class GlueHubTests
{
    private static string Folder => Path.Combine(Golden.Hub!, "datasets", "glue");

    [HubFact]
    public void Every_file_reads_with_its_published_or_cut_number_of_rows()
    {
        (string Task, string Split, int Rows)[] expected =
        [
            ("cola", "train", 8551), ("cola", "dev", 1043), ("sst2", "train", 8000), ("sst2", "dev", 872),
            ("mrpc", "train", 3668), ("mrpc", "dev", 408), ("mrpc", "test", 1725), ("stsb", "train", 5749), ("stsb", "dev", 1500),
            ("rte", "train", 2490), ("rte", "dev", 277), ("qnli", "train", 4463), ("qnli", "dev", 1000), ("qqp", "dev", 3497),
            ("mnli", "train", 6), ("mnli", "dev_matched", 5), ("mnli", "dev_mismatched", 5), ("mnli", "test_matched", 5), ("mnli", "test_mismatched", 5),
        ];
        Assert.All(expected, file => Assert.Equal(file.Rows, Glue.Load(Folder, Glue.Find(file.Task), file.Split).Examples.Count));
    }

    [HubFact]
    public void Complete_train_sets_have_the_published_number_of_rows() =>
        Assert.All(["cola", "mrpc", "stsb", "rte"], task =>
            Assert.Equal(Glue.Find(task).PublishedTrainRows, Glue.Load(Folder, Glue.Find(task), "train").Examples.Count));

    [HubFact]
    public void Qqp_has_one_broken_row_which_is_told_or_skipped()
    {
        var error = Assert.Throws<UsageException>(() => Glue.Load(Folder, Glue.Find("qqp"), "train"));
        Assert.Contains("line 2: expected 6 columns as in the header of line 1, found 5", error.Message, StringComparison.Ordinal);
        var data = Glue.Load(Folder, Glue.Find("qqp"), "train", skipBrokenRows: true);
        Assert.Equal((19_999, 1), (data.Examples.Count, data.SkippedRows));
    }
}
