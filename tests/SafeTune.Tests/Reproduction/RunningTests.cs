using SafeTune.Reproduction;
using SafeTune.Reproduction.Cells;
using SafeTune.Reproduction.Experiments;
using SafeTune.Reproduction.Results;
using SafeTune.Reproduction.Running;

namespace SafeTune.Tests.Reproduction;

public sealed class RunningTests : IDisposable
{
    private readonly Workshop _shop = new();

    public void Dispose() => _shop.Dispose();

    private Cell[] Cells(params string[] files) => [.. new Plans(_shop.Root, _shop.Select, null, TextWriter.Null, default).Of(files).SelectMany(plan => plan.Cells)];

    private string Copy(string name)
    {
        _shop.Put($"experiments/{name}.yaml", Workshop.Yaml);
        return Path.Combine(_shop.Root, "experiments", name + ".yaml");
    }

    [Fact]
    public void Several_lanes_do_every_cell_once()
    {
        Lane[] lanes = [.. Enumerable.Range(0, 3).Select(_ => new Lane())];
        Cell[] cells = Cells(_shop.Experiment);
        TableOutcome outcome = new TableRunner(lanes, _shop.Output).Run(cells, false, (_, _, _) => { }, default);
        Assert.Equal(cells.ToHashSet(), outcome.Ran.ToHashSet());
        Assert.Equal(cells.Length, lanes.Sum(lane => lane.Trainer.Ran.Count));
    }

    [Fact]
    public void What_two_tables_share_is_trained_once_and_bears_either_name()
    {
        Lane[] lanes = [new Lane(), new Lane()];
        Cell[] cells = Cells(_shop.Experiment, Copy("other"));
        var results = new List<CellResult>();
        TableOutcome outcome = new TableRunner(lanes, _shop.Output).Run(cells, true, (_, result, _) => results.Add(result), default);
        Assert.Equal(cells.Length / 2, lanes.Sum(lane => lane.Trainer.Ran.Count));
        Assert.Equal(cells.Length / 2, outcome.Skipped.Count);
        Assert.Equal(cells.Select(cell => (cell.Key, cell.ConfigHash)).ToHashSet(), results.Select(result => (result.Key, result.Rows[0].ConfigHash)).ToHashSet());
    }

    [Fact]
    public void A_worker_that_dies_fails_its_cell_and_not_the_table()
    {
        Cell[] cells = Cells(_shop.Experiment);
        using var dying = new ProcessLane(["/bin/sh", "-c", "read begin; read cell; exit 137"], new WorkerMessage("begin"), Workshop.Machine);
        TableOutcome outcome = new TableRunner([dying], _shop.Output).Run(cells, false, (_, _, _) => { }, default);
        Assert.Equal(cells.Length, outcome.Failed.Count);
        Assert.All(outcome.Failed, failed => Assert.Contains("killed, most likely because memory ran out", failed.Reason, StringComparison.Ordinal));
    }

    [Fact]
    public void What_a_worker_refuses_ends_the_run()
    {
        using var refusing = new ProcessLane(["/bin/sh", "-c", """echo '{"Kind":"refuse","Sentence":"No model."}'; cat > /dev/null"""], new WorkerMessage("begin"), Workshop.Machine);
        Assert.Equal("No model.", Assert.Throws<UsageException>(() => new TableRunner([refusing], _shop.Output).Run(Cells(_shop.Experiment), false, (_, _, _) => { }, default)).Message);
    }

    [Fact]
    public void The_time_that_is_left_is_shown_after_each_cell()
    {
        _shop.Run(_shop.Select with { Columns = ["mrpc"] });
        Assert.Contains("[1/3] lora on mrpc, seed 1: f1 81.00, 11 s; about 0 s left", _shop.Output.ToString(), StringComparison.Ordinal);
        Assert.Contains("[3/3] lora+safe on mrpc, seed 1: f1 80.90, 50 % of the blocks frozen, 10 s\n", _shop.Output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Shards_have_every_cell_once_and_merge_to_the_bytes_of_one_run()
    {
        using var whole = new Workshop();
        whole.Run();
        string[] parts = [.. Enumerable.Range(1, 4).Select(Part)];
        Assert.Equal(Fine(whole), whole.Read("results/mini/demo.csv"));

        string Part(int index)
        {
            using var shop = new Workshop();
            shop.Run(shop.Select with { Shard = new Shard(index, 4) });
            string folder = Path.Combine(_shop.Root, $"part{index}");
            Directory.Move(Path.Combine(shop.Root, "results"), folder);
            return folder;
        }

        string Fine(Workshop of)
        {
            Assert.Equal(Reproduce.Fine, Reproduce.Run([_shop.Experiment], of.Select with { Merge = parts }, [], _shop.Output, default));
            return _shop.Read("results/mini/demo.csv");
        }
    }

    [Fact]
    public void Different_results_for_a_cell_are_not_merged()
    {
        _shop.Run();
        string results = _shop.Read("results/mini/demo.csv");
        _shop.Put("other/demo.csv", results.Replace(",81,", ",82,", StringComparison.Ordinal));
        var merge = _shop.Select with { Merge = [Path.Combine(_shop.Root, "results", "mini"), Path.Combine(_shop.Root, "other")] };
        var refusal = Assert.Throws<UsageException>(() => Reproduce.Run([_shop.Experiment], merge, [], _shop.Output, default));
        Assert.Contains("have different results for lora on cola, seed 1", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(results, _shop.Read("results/mini/demo.csv"));
        Assert.Contains("There are no results of demo at scale mini", Assert.Throws<UsageException>(() => Reproduce.Run([_shop.Experiment], merge with { Merge = [_shop.Hub] }, [], _shop.Output, default)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_list_shows_settings_and_what_is_missing_and_runs_nothing()
    {
        Directory.Delete(Path.Combine(_shop.Hub, "datasets", "glue", "CoLA"), recursive: true);
        Directory.Delete(Path.Combine(_shop.Hub, "models", "small"), recursive: true);
        Assert.Equal(Reproduce.Fine, Reproduce.Run([_shop.Experiment], _shop.Select with { List = true }, [], _shop.Output, default));
        string list = _shop.Output.ToString();
        Assert.Contains("has no model 'small'", list, StringComparison.Ordinal);
        Assert.Contains("  cola: missing: There is no folder", list, StringComparison.Ordinal);
        Assert.Contains("  mrpc: 6 training rows, 6 to score", list, StringComparison.Ordinal);
        Assert.Contains("    lora+safe, seed 1: learning rate 0.001, batch size 8, epochs 2, length 32, metric f1", list, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_shop.Runs));
    }

    [Fact]
    public void A_matrix_has_the_shards_of_what_a_scale_offers()
    {
        ShardLeg[] legs = [.. ShardMatrix.Of("Demo", _shop.Experiment, _shop.Select with { Shards = 4 })];
        Assert.Equal([new("Demo", "mini", "1/4", 2), new("Demo", "mini", "2/4", 2), new("Demo", "mini", "3/4", 1), new ShardLeg("Demo", "mini", "4/4", 1)], legs);
        Assert.Empty(ShardMatrix.Of("Demo", _shop.Experiment, _shop.Select with { Scale = "smoke" }));
    }

    [Theory]
    [InlineData("0/4")]
    [InlineData("5/4")]
    [InlineData("1")]
    [InlineData("a/b")]
    public void A_wrong_shard_is_refused(string text) => Assert.Contains("--shard=1/4", Assert.Throws<UsageException>(() => Shard.Parse(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_table_of_several_models_has_an_experiment_for_each()
    {
        _shop.Put("experiments/demo.yaml", Workshop.Yaml
            .Replace("model: big", "models: { big: { published: { model: b } }, large: { published: { model: l }, columns: { cola: { epochs: 9 } } } }", StringComparison.Ordinal)
            .Replace("    model: small", "    models: { tiny: { published: { model: l } } }", StringComparison.Ordinal));
        IReadOnlyList<Experiment> paper = ExperimentFile.Load(_shop.Experiment, "paper");
        Assert.Equal([("big", 4), ("large", 9)], paper.Select(one => (one.Model, one.Column("cola").Epochs)));
        Experiment mini = Assert.Single(ExperimentFile.Load(_shop.Experiment, "mini"));
        Assert.Equal(("tiny", "large", 4), (mini.Model, mini.PaperModel, mini.Column("cola").Epochs));
    }

    private sealed class Lane : ILane
    {
        private readonly LocalLane _inner;

        public Lane() => _inner = new LocalLane(Trainer, Workshop.Machine);

        public Runner Trainer { get; } = new();

        public CellEnd Do(Cell cell, bool force, ProgressBoard board, CancellationToken stop) => _inner.Do(cell, force, board, stop);

        public void Dispose() => _inner.Dispose();
    }
}
