using SafeTune.Reproduction.Cells;
using SafeTune.Reproduction.Experiments;

namespace SafeTune.Tests.Reproduction;

public sealed class ExperimentFileTests : IDisposable
{
    private readonly Workshop _shop = new();

    public void Dispose() => _shop.Dispose();

    [Theory]
    [InlineData("seeds: [1, 2]", "seads: [1, 2]", 7, "seeds")]
    [InlineData("learning_rate: 1e-4", "learning_rat: 1e-4", 5, "learning_rate")]
    [InlineData("lora+zhang", "lora+zang", 3, "lora+zhang")]
    [InlineData("mrpc: { metric: f1, l", "mrcp: { metric: f1, l", 6, "mrpc")]
    [InlineData("metric: matthews", "metric: mathews", 5, "matthews")]
    [InlineData("  mini:", "  mimi:", 17, "mini")]
    [InlineData("model: small", "modle: small", 18, "model")]
    [InlineData("<= share", "<= shar", 14, "share")]
    [InlineData("safe.memory_after_bytes", "safe.memory_afer_bytes", 14, "memory_after_bytes")]
    [InlineData("safe.value >=", "save.value >=", 15, "safe")]
    [InlineData("memory_after_bytes: exact", "memory_after_bytes: exakt", 10, "exact")]
    public void A_typo_is_named_with_its_line_and_the_nearest_word(string right, string wrong, int line, string nearest)
    {
        _shop.Put("experiments/demo.yaml", Workshop.Yaml.Replace(right, wrong, StringComparison.Ordinal));
        var refusal = Assert.Throws<UsageException>(() => ExperimentFile.Load(_shop.Experiment, "mini")[0]);
        Assert.StartsWith($"{_shop.Experiment}:{line}: ", refusal.Message, StringComparison.Ordinal);
        Assert.Contains($"Did you mean '{nearest}'?", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("learning_rate: 1e-4", "learning_rate: fast", "learning_rate should be a number, found 'fast'")]
    [InlineData("batch_size: 8, epochs: 4, published: cola_mcc", "batch_size: 0, epochs: 4", "batch_size should be at least 1")]
    [InlineData("learning_rate: 1e-4, ", "", "column 'cola' has no 'learning_rate'")]
    [InlineData("title: Two", "title: [Two", "not valid YAML")]
    [InlineData("numbers.csv", "nombers.csv", "no file 'published/nombers.csv'")]
    public void A_wrong_value_says_what_was_expected(string right, string wrong, string says)
    {
        _shop.Put("experiments/demo.yaml", Workshop.Yaml.Replace(right, wrong, StringComparison.Ordinal));
        Assert.Contains(says, Assert.Throws<UsageException>(() => ExperimentFile.Load(_shop.Experiment, "mini")[0]).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_scale_is_laid_over_the_papers_settings_key_by_key()
    {
        Experiment mini = ExperimentFile.Load(_shop.Experiment, "mini")[0];
        Assert.Equal("small", mini.Model);
        Assert.Equal("big", mini.PaperModel);
        Assert.Equal([1], mini.Seeds);
        Assert.Equal((1e-3, 8, 2, 32), (mini.Column("mrpc").LearningRate, mini.Column("mrpc").BatchSize, mini.Column("mrpc").Epochs, mini.Column("mrpc").MaxLength));
        Assert.Equal((1e-4, 4), (mini.Column("cola").LearningRate, mini.Column("cola").Epochs));
        Assert.Equal(3e-4, ExperimentFile.Load(_shop.Experiment, "paper")[0].Column("mrpc").LearningRate);
    }

    [Theory]
    [InlineData("smoke", "does not exist yet")]
    [InlineData("resources", "does not exist yet")]
    [InlineData("mimi", "Did you mean 'mini'?")]
    public void A_scale_that_is_not_there_is_refused(string scale, string says) =>
        Assert.Contains(says, Assert.Throws<UsageException>(() => ExperimentFile.Load(_shop.Experiment, scale)[0]).Message, StringComparison.Ordinal);

    [Fact]
    public void Table_1_has_the_papers_rows_columns_and_hyperparameters()
    {
        Experiment paper = ExperimentFile.Load(Path.Combine(Golden.Root, "experiments", "table1.yaml"), "paper")[0];
        Assert.Equal(["lora", "lora+zhang", "lora+adapterdrop", "lora+sparseadapter", "lora+loraprune", "lora+meft", "lora+safe", "lora+slimfit"], paper.Rows);
        Assert.Equal(8, paper.Columns.Count);
        Assert.Equal("bert-large-uncased", paper.Model);
        Assert.Equal((3e-4, 4, 50), (paper.Column("mrpc").LearningRate, paper.Column("mrpc").BatchSize, paper.Column("mrpc").Epochs));
        Assert.Equal((6e-4, 32, 80), (paper.Column("rte").LearningRate, paper.Column("rte").BatchSize, paper.Column("rte").Epochs));
        Assert.Equal(EvaluationRule.Paper, paper.Evaluation);
    }

    [Fact]
    public void Table_6_trains_each_adapter_with_its_own_rate()
    {
        Experiment paper = ExperimentFile.Load(Path.Combine(Golden.Root, "experiments", "table6.yaml"), "paper")[0];
        Assert.Equal(["houlsby", "houlsby+safe", "bitfit", "bitfit+safe", "lora", "lora+safe"], paper.Rows);
        Column mrpc = paper.Column("mrpc");
        Assert.Equal((5e-4, 16), (mrpc.For("lora+safe").LearningRate, mrpc.For("lora+safe").BatchSize));
        Assert.Equal((5e-4, 32), (mrpc.For("houlsby").LearningRate, mrpc.For("houlsby").BatchSize));
        Assert.Equal([6e-4, 5e-4, 9e-4], ((string[])["lora", "houlsby+safe", "bitfit"]).Select(method => paper.Column("cola").For(method).LearningRate));
    }

    [Fact]
    public void Table_1_at_mini_has_the_reference_runs_settings()
    {
        Experiment mini = ExperimentFile.Load(Path.Combine(Golden.Root, "experiments", "table1.yaml"), "mini")[0];
        Assert.Equal("all-MiniLM-L6-v2", mini.Model);
        Assert.All(mini.Columns, column => Assert.Equal((1e-3, 32, 128, false, 0.0, 0.0), (column.LearningRate, column.BatchSize, column.MaxLength, column.LengthBuckets, column.WeightDecay, column.WarmUpFraction)));
        Assert.Equal((5, 3, 2), (mini.Column("mrpc").Epochs, mini.Column("stsb").Epochs, mini.Column("sst2").Epochs));
        Assert.Equal(2, mini.Safe.ProbesPerEpoch);
        Assert.Equal((4, 16.0, 0.1), (mini.Lora.Rank, mini.Lora.Alpha, mini.Lora.Dropout));
        Assert.Equal(EvaluationRule.Dev, mini.Evaluation);
    }

    [Fact]
    public void The_papers_split_halves_a_small_dev_set_the_same_way_every_time()
    {
        Experiment experiment = ExperimentFile.Load(_shop.Experiment, "paper")[0];
        TaskData once = TaskData.Load(Path.Combine(_shop.Hub, "datasets"), experiment.Column("cola"), EvaluationRule.Paper, null);
        TaskData again = TaskData.Load(Path.Combine(_shop.Hub, "datasets"), experiment.Column("cola"), EvaluationRule.Paper, null);
        Assert.Equal((6, 3), (once.Train.Examples.Count, once.Evaluation.Examples.Count));
        Assert.Equal(once.Evaluation.Examples, again.Evaluation.Examples);
    }
}
