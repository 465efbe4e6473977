using SafeTune.Reproduction.Cells;
using SafeTune.Reproduction.Experiments;
using SafeTune.Reproduction.Reports.Summary;
using SafeTune.Reproduction.Results;

namespace SafeTune.Tests.Reproduction.Reports;

public sealed class SummaryTests : IDisposable
{
    private readonly Workshop _shop = new();

    public void Dispose() => _shop.Dispose();

    private static CellResult Cell(string method, string task, int seed, double value, long? memory, string device = "here", string status = ResultRow.Ok) => new(
        [
            new ResultRow
            {
                Table = "demo", Scale = "mini", Method = method, Task = task, Seed = seed, Metric = task == "mrpc" ? "f1" : "matthews", Value = value, Status = status,
                MemoryAfterBytes = memory, MemoryMeanBytes = memory, ResidentBytes = 100, FlopsForward = 10, FlopsInputGrad = 10, FlopsWeightGrad = 10, FrozenFraction = 0.5,
            },
        ], new RunRow { Device = device, TrainSeconds = 10, ProbeSeconds = 0 }, []);

    private MethodSummary? Safe(params CellResult[] cells) => MethodSummary.Of(ExperimentFile.Load(_shop.Experiment, "mini")[0], cells, "lora+safe", "lora");

    [Fact]
    public void A_task_weighs_as_much_as_another_however_many_seeds_it_has()
    {
        MethodSummary safe = Safe(
            Cell("lora", "mrpc", 1, 80, 100), Cell("lora", "mrpc", 2, 80, 100), Cell("lora", "cola", 1, 40, 100),
            Cell("lora+safe", "mrpc", 1, 81, 50), Cell("lora+safe", "mrpc", 2, 83, 70), Cell("lora+safe", "cola", 1, 44, 80))!;
        Assert.Equal((63, 60, 0.7), (safe.Score!.Value, safe.BaseScore!.Value, Math.Round(safe.MemoryAfter!.Value, 12)));
        Assert.Equal(["cola", "mrpc"], safe.Tasks);
    }

    [Fact]
    public void Only_seeds_that_both_have_count()
    {
        MethodSummary safe = Safe(Cell("lora", "mrpc", 1, 80, 100), Cell("lora", "mrpc", 2, 99, 100), Cell("lora+safe", "mrpc", 1, 81, 50), Cell("lora+safe", "mrpc", 3, 10, 50))!;
        Assert.Equal((81d, 80d), (safe.Score, safe.BaseScore));
        Assert.Null(Safe(Cell("lora", "mrpc", 2, 99, 100), Cell("lora+safe", "mrpc", 3, 10, 50)));
    }

    [Fact]
    public void A_failed_cell_is_none() =>
        Assert.Null(Safe(Cell("lora", "mrpc", 1, 80, 100), Cell("lora+safe", "mrpc", 1, 81, 50, status: ResultRow.Failed)));

    [Fact]
    public void A_share_that_one_task_lacks_is_no_mean() =>
        Assert.Null(Safe(Cell("lora", "mrpc", 1, 80, 100), Cell("lora+safe", "mrpc", 1, 81, 50), Cell("lora", "cola", 1, 80, null), Cell("lora+safe", "cola", 1, 81, null))!.MemoryAfter);

    [Fact]
    public void Times_of_two_machines_are_not_compared()
    {
        Assert.Equal(1, Safe(Cell("lora", "mrpc", 1, 80, 100), Cell("lora+safe", "mrpc", 1, 81, 50))!.Seconds);
        Assert.Null(Safe(Cell("lora", "mrpc", 1, 80, 100), Cell("lora+safe", "mrpc", 1, 81, 50, device: "there"))!.Seconds);
    }

    private static MethodSummary Point(string method, double memory, double score, bool lessIsBetter = false, int tasks = 1) =>
        new(method, "lora", [.. Enumerable.Repeat("task", tasks)], score, 0, null, null, memory, null, null, null) { LessIsBetter = lessIsBetter };

    private static string[] OnFrontier(params MethodSummary[] methods) => [.. Frontier.Of(methods).Where(point => point.OnFrontier).Select(point => point.Method)];

    [Fact]
    public void On_the_frontier_is_what_none_beats_in_both() =>
        Assert.Equal(["lora", "lora+safe"], OnFrontier(Point("lora", 1, 85), Point("lora+safe", 0.6, 84), Point("lora+zhang", 0.6, 82), Point("lora+meft", 1.1, 84.5)));

    [Fact]
    public void An_error_is_better_when_it_is_smaller() => Assert.Equal(["lora"], OnFrontier(Point("lora", 1, 10, lessIsBetter: true), Point("lora+safe", 1.2, 12, lessIsBetter: true)));

    [Fact]
    public void Equals_do_not_beat_each_other() => Assert.Equal(["lora", "lora+safe"], OnFrontier(Point("lora", 1, 85), Point("lora+safe", 1, 85)));

    [Fact]
    public void A_method_with_fewer_tasks_is_left_out() =>
        Assert.Equal(["lora"], Frontier.Of([Point("lora", 1, 85, tasks: 2), Point("lora+safe", 0.5, 99)]).Select(point => point.Method));
}
