using System.Globalization;
using SafeTune.Reproduction.Cells;
using SafeTune.Reproduction.Claims;
using SafeTune.Reproduction.Comparing;
using SafeTune.Reproduction.Experiments;
using SafeTune.Reproduction.Reports.Summary;
using SafeTune.Reproduction.Results;

namespace SafeTune.Reproduction.Reports;

/// <summary>From a table's cells to what its report says.</summary>
internal sealed class ReportBuilder(Experiment experiment, IReadOnlyList<CellResult> cells)
{
    private readonly bool _custom = cells.Any(cell => cell.Key.Scale.EndsWith(TablePlan.CustomEnding, StringComparison.Ordinal));
    private readonly PublishedNumbers _published = new(experiment.Published);

    public TableReport Build() => new()
    {
        Table = experiment.Table,
        Title = experiment.Title,
        Model = experiment.Model,
        PaperModel = experiment.PaperModel,
        Made = experiment.Recipe is { } recipe ? MadeModel.Words(recipe) : null,
        Comparable = experiment.IsPaperModel && !_custom,
        Evaluation = experiment.Evaluation == EvaluationRule.Paper ? "the paper's test split" : "the whole dev set",
        Custom = _custom ? Custom() : null,
        Ok = cells.Count(cell => cell.Status == ResultRow.Ok),
        Missing = [.. cells.Where(cell => cell.Status != ResultRow.Ok).Select(cell => new MissingCell(cell.Key, cell.Status, cell.Rows[0].Reason))],
        NotRun = NotRun(),
        Scores = [.. experiment.Columns.SelectMany(column => experiment.Rows.Select(method => Score(column, method))).OfType<ScoreLine>()],
        Metrics = [.. Metrics()],
        Costs = [.. experiment.Columns.SelectMany(column => experiment.Rows.Select(method => Cost(column, method))).OfType<CostLine>()],
        PublishedCostsOf = experiment.Published?.ResourcesOf,
        Ratios = [.. experiment.Columns.SelectMany(column => experiment.Rows.Select(method => Ratio(column, method))).OfType<RatioLine>()],
        Columns = experiment.Columns.Count,
        Methods = MethodSummary.Of(experiment, cells),
        Safe = SafeOutcome.Of(MethodSummary.OfSafe(experiment, cells)),
        CellCosts = experiment.IsDerived ? [] : [.. cells.Select(CellCost.Of)],
        Curves = [.. Curve.Of(experiment, cells)],
        Claims = [.. experiment.Claims.Select(claim => ClaimJudge.Judge(claim, experiment, cells))],
        References = [.. References()],
        ReferenceBy = experiment.Reference?.By,
        Patterns = [.. Patterns()],
        Environments = [.. Environments()],
        Notes = [.. Notes()],
        Bands = [.. experiment.Bands.Select(band => $"{band.Quantity} {Verdicts.Describe(band)}")],
        NotReproducible = experiment.NotReproducible,
        Remarks = [.. experiment.Remarks.Where(remark => cells.Any(cell => cell.Key.Method == remark.Key && cell.Status == ResultRow.Ok)).Select(remark => $"{remark.Key}: {remark.Value}")],
    };

    private CellResult[] Of(string task, string method) =>
        [.. cells.Where(cell => cell.Key.Task == task && cell.Key.Method == method && cell.Status == ResultRow.Ok).OrderBy(cell => cell.Key.Seed)];

    private string Custom()
    {
        int[] rows = [.. cells.Select(cell => cell.Rows[0].RowsUsed).OfType<int>().Distinct().Order()];
        return $"run with --epochs or --max-train, on {string.Join(", ", rows.Select(count => count.ToString(CultureInfo.InvariantCulture)))} training rows";
    }

    private List<string> NotRun()
    {
        var lines = new List<string>();
        foreach (string method in experiment.Rows)
        {
            var with = cells.Where(cell => cell.Key.Method == method).Select(cell => cell.Key.Task);
            string[] without = [.. experiment.Columns.Select(column => column.Task).Except(with)];
            if (without.Length > 0)
                lines.Add($"{method} on {string.Join(", ", without)}");
        }
        return lines;
    }

    private ScoreLine? Score(Column column, string method)
    {
        CellResult[] here = [.. cells.Where(cell => cell.Key.Task == column.Task && cell.Key.Method == method)];
        if (here.Length == 0)
            return null;
        Spread? ours = Spread.Of(Of(column.Task, method).Select(cell => ClaimJudge.ValueOf(cell, column, "value")));
        double? published = _published.Of(method, column.Published);
        Band? band = experiment.Bands.FirstOrDefault(each => each.Quantity == "score");
        bool comparable = experiment.IsPaperModel && !_custom;
        bool? inBand = comparable && ours is not null && published is { } expected ? band?.Holds(expected, ours.Mean) : null;
        string? whyNot = ours is not null ? null : string.Join("; ", here.Select(cell => $"{cell.Status}: {cell.Rows[0].Reason}").Distinct());
        return new ScoreLine(column.Task, column.Metric, method, published, ours, whyNot, inBand, here[0].Rows[0].RowsUsed, here[0].Rows[0].RowsPublished);
    }

    private IEnumerable<MetricLine> Metrics() =>
        from column in experiment.Columns
        from method in experiment.Rows
        from cell in Of(column.Task, method)
        from row in cell.Rows
        select new MetricLine(cell.Key, row.Metric, row.Value);

    private CostLine? Cost(Column column, string method)
    {
        CellResult[] here = Of(column.Task, method);
        if (here.Length == 0)
            return null;
        bool resources = experiment.Published?.ResourcesOf == column.Task;
        var lowest = here.Select(cell => cell.Rows[0].LowestTrainableLayer).OfType<int>().Distinct().Order();
        return new CostLine(column.Task, method,
            Mean("resident_bytes"), Mean("memory_before_bytes"), Mean("memory_after_bytes"), Mean("memory_mean_bytes"), Mean("activation_bytes"),
            Mean("flops"), Mean("seconds"),
            Spread.Of(here.Select(cell => cell.Rows[0].FrozenFraction)),
            string.Join(", ", lowest.Select(layer => layer.ToString(CultureInfo.InvariantCulture))),
            here.Select(cell => cell.Rows[0].Reason).FirstOrDefault(reason => reason.Length > 0),
            resources ? _published.Of(method, experiment.Published?.Memory) : null,
            resources ? _published.Of(method, experiment.Published?.Compute) : null);

        double? Mean(string quantity) => Spread.Of(here.Select(cell => ClaimJudge.ValueOf(cell, column, quantity)))?.Mean;
    }

    private RatioLine? Ratio(Column column, string method)
    {
        if (method.Split('+') is not [var adapter, _])
            return null;
        CellResult[] alone = Of(column.Task, adapter), with = Of(column.Task, method);
        int[] seeds = [.. alone.Select(cell => cell.Key.Seed).Intersect(with.Select(cell => cell.Key.Seed))];
        if (seeds.Length == 0)
            return null;
        bool oneMachine = ClaimJudge.SameMachine(alone.Concat(with), [adapter, method], seeds);
        return new RatioLine(column.Task, method, seeds.Length, Mean(with, "value") - Mean(alone, "value"),
            Share("memory_after_bytes"), Share("memory_mean_bytes"), Share("memory_bytes"), Share("flops"),
            oneMachine ? Share("seconds") : null, oneMachine ? null : "run on different machines",
            1 - (_published.Of(method, experiment.Published?.MemoryReduction) / 100) ?? PublishedShare(experiment.Published?.Memory), PublishedShare(experiment.Published?.Compute));

        double? Mean(CellResult[] of, string quantity) =>
            Spread.Of(of.Where(cell => seeds.Contains(cell.Key.Seed)).Select(cell => ClaimJudge.ValueOf(cell, column, quantity)))?.Mean;
        double? Share(string quantity) => Mean(with, quantity) / Mean(alone, quantity);
        double? PublishedShare(string? of) => _published.Of(method, of) / _published.Of(adapter, of);
    }

    private IEnumerable<ReferenceLine> References()
    {
        if (experiment.Reference is not { } reference || _custom)
            yield break;
        NumberTable theirs = NumberTable.Read(reference.File);
        foreach (Column column in experiment.Columns)
        {
            CellResult[] ours = Of(column.Task, reference.Method);
            int[] lines = [.. theirs.Where("task", column.Task)];
            string[] metrics = column.Metric == "f1" ? ["accuracy", "exact_match", "f1"] : [column.Metric];
            foreach (string metric in metrics)
            {
                double tolerance = reference.ScoreByTask.GetValueOrDefault(column.Task, reference.Score);
                if (Spread.Of(lines.Select(line => 100 * theirs.Number(line, metric))) is { } expected && Ours(metric) is { } found)
                    yield return new ReferenceLine(column.Task, metric, expected, found, tolerance, Relative: false);
            }
            if (Spread.Of(lines.Select(line => theirs.Number(line, "train_loss_last_epoch"))) is { } loss && Ours(CellRows.TrainLoss) is { } ourLoss)
                yield return new ReferenceLine(column.Task, CellRows.TrainLoss, loss, ourLoss, reference.RelativeLoss, Relative: true);

            Spread? Ours(string metric) => Spread.Of(ours.Select(cell => ClaimJudge.ValueOf(cell, column, metric)));
        }
    }

    private IEnumerable<Pattern> Patterns()
    {
        foreach (Column column in experiment.Columns)
        {
            foreach (CellResult cell in experiment.Rows.Reverse().SelectMany(method => Of(column.Task, method)).Where(cell => cell.Layers.Count > 0))
            {
                LayerRow[] first = [.. cell.Layers.Where(row => row.Block == cell.Layers[0].Block).OrderBy(row => row.Probe)];
                yield return new Pattern(cell.Key, [.. first.Select(row => row.Epoch)], [.. first.Select(row => row.Tau)],
                [
                    .. cell.Layers.GroupBy(row => row.Block).OrderBy(block => block.Key)
                        .Select(block => (IReadOnlyList<LayerRow>)[.. block.OrderBy(row => row.Probe)]),
                ]);
            }
        }
    }

    private IEnumerable<string> Environments() => cells
        .Where(cell => cell.Run is not null)
        .GroupBy(cell => (cell.Run!.Device, cell.Run.Torch, cell.Run.Dotnet, cell.Rows[0].Stack, cell.Run.Commit, cell.Run.Dirty))
        .OrderBy(group => group.Min(cell => cell.Run!.StartedUtc), StringComparer.Ordinal)
        .Select(group => string.Concat(
            $"{Words.Count(group.Count(), "cell", "cells")}, {group.Min(cell => cell.Run!.StartedUtc)} to {group.Max(cell => cell.Run!.StartedUtc)}: ",
            $"{group.Key.Device}; torch {group.Key.Torch} ({group.Key.Stack}); .NET {group.Key.Dotnet}; ",
            $"commit {(group.Key.Commit.Length > 10 ? group.Key.Commit[..10] : group.Key.Commit)}{(group.Key.Dirty == true ? " with uncommitted changes" : "")}"));

    private IEnumerable<string> Notes()
    {
        foreach (Column column in experiment.Columns)
        {
            ResultRow? row = cells.Where(cell => cell.Key.Task == column.Task).Select(cell => cell.Rows[0]).FirstOrDefault();
            if (row is { RowsUsed: { } used, RowsPublished: { } published } && used < published)
                yield return string.Create(CultureInfo.InvariantCulture, $"{column.Task} was trained on {used:N0} of {published:N0} published rows.");
        }
    }
}
