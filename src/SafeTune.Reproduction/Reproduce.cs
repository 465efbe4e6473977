using SafeTune.Measurement;
using SafeTune.Reproduction.Cells;
using SafeTune.Reproduction.Claims;
using SafeTune.Reproduction.Experiments;
using SafeTune.Reproduction.Reports;
using SafeTune.Reproduction.Results;
using static TorchSharp.torch;

namespace SafeTune.Reproduction;

/// <summary>From an experiment file to results and a report.</summary>
public static class Reproduce
{
    public const int Fine = 0, DidNotHold = 1, Interrupted = 130;

    private const string StoppedSentence = "Stopped after the current step; run the same command again to go on from there.";

    /// <summary>
    /// Runs the selected cells of an experiment that are not finished yet, then writes <c>results/&lt;scale&gt;/&lt;table&gt;.csv</c> and the report.
    /// The repository's root is the folder above the experiment file's.
    /// </summary>
    /// <param name="experimentFile">For example <c>experiments/table1.yaml</c>.</param>
    /// <param name="selection">What to run.</param>
    /// <param name="output">For progress and the final summary.</param>
    /// <param name="stop">Ends the run after the current step, with a checkpoint.</param>
    /// <returns>0; 1 when a cell failed or (with <see cref="Selection.StrictClaims"/>) a claim does not hold; 130 when stopped.</returns>
    /// <exception cref="UsageException">Bad input; nothing was changed.</exception>
    public static int Run(string experimentFile, Selection selection, TextWriter output, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(selection);
        return Run(experimentFile, selection, new CellRunner(), Machine, output, stop);

        // Not read before the experiment file is: a typo must not need a working torch.
        RunEnvironment Machine()
        {
            set_num_threads(selection.Threads ?? Environment.ProcessorCount);
            return RunEnvironment.Read();
        }
    }

    internal static int Run(
        string experimentFile, Selection selection, ICellRunner runner, Func<RunEnvironment> environment, TextWriter output, CancellationToken stop)
    {
        Experiment experiment = ExperimentFile.Load(experimentFile, selection.Scale);
        string root = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(Path.GetFullPath(experimentFile))!, ".."));
        string runsFolder = Path.Combine(root, "artifacts", "runs");
        RunEnvironment machine = environment();
        Hub hub;
        try
        {
            hub = FindHub(experiment, selection, root, output, stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            output.WriteLine(StoppedSentence);
            return Interrupted;
        }
        TablePlan plan = TablePlan.Make(experiment, selection, hub, runsFolder, CellRunner.Gpu(machine));
        var files = new TableFiles(Path.Combine(root, "results", plan.ResultsFolder), experiment.Table);
        List<CellResult> before = files.Read();
        Announce(plan, machine, output);

        var assembly = new Assembly(files, runsFolder, plan.IsCurrent);
        TableOutcome outcome = new TableRunner(runner, machine, output).Run(plan.Cells, selection.Force, (_, result) => assembly.Add(result), stop);
        assembly.Write();
        ReportModel report = Report.Write(root, plan.ResultsFolder);
        return Conclude(plan, outcome, before, files, report, selection, output);
    }

    private static Hub FindHub(Experiment experiment, Selection selection, string root, TextWriter output, CancellationToken stop)
    {
        if (experiment.Recipe is not { } recipe)
            return Hub.Find(selection.Hub, experiment.Model);
        Hub hub = Hub.Find(selection.Hub, model: null);
        return hub with { ModelFolder = MadeModel.Make(experiment.Model, recipe, hub.Folder, Path.Combine(root, "artifacts", "models"), output, stop) };
    }

    private static void Announce(TablePlan plan, RunEnvironment machine, TextWriter output)
    {
        output.WriteLine($"{plan.Experiment.Table}: {plan.Experiment.Title}; scale {plan.Scale}, model {plan.Experiment.Model}, {plan.Cells.Count} cells.");
        output.WriteLine(FormattableString.Invariant($"On {CellRows.Device(machine)}; torch {machine.Torch}."));
        if (plan.Scale != plan.Experiment.Scale)
            output.WriteLine($"With --epochs or --max-train the results go to results/{plan.ResultsFolder}/ and say so in every row.");
        foreach (var data in plan.Cells.Select(cell => cell.Data).Distinct().Where(data => data.Train.SkippedRows + data.Evaluation.SkippedRows > 0))
        {
            string rows = $"{data.Train.SkippedRows} broken or unlabelled training rows and {data.Evaluation.SkippedRows} of those to score";
            output.WriteLine($"{data.Train.Name}: left out {rows}.");
        }
    }

    private static int Conclude(
        TablePlan plan, TableOutcome outcome, List<CellResult> before, TableFiles files, ReportModel report, Selection selection, TextWriter output)
    {
        output.WriteLine();
        string counts = $"Ran {outcome.Ran.Count}, done before {outcome.Skipped.Count}, failed {outcome.Failed.Count}, refused {outcome.Refused.Count}";
        output.WriteLine($"{counts} of {plan.Cells.Count} cells.");
        foreach (var (cell, reason) in outcome.Failed)
            output.WriteLine($"  failed: {cell.Key}: {reason}");
        foreach (var (cell, reason) in outcome.Refused)
            output.WriteLine($"  refused: {cell.Key}: {reason}");
        foreach (string line in BandCheck.Compare(plan.Experiment, before, files.Read(), [.. outcome.Ran.Select(cell => cell.Key)]))
            output.WriteLine(line);
        TableReport judged = report.Tables.Single(table => table.Table == plan.Experiment.Table);
        ClaimVerdict[] failing = [.. judged.Claims.Where(claim => claim.Outcome == ClaimOutcome.Fails)];
        foreach (ClaimVerdict claim in failing)
            output.WriteLine($"  claim does not hold: {claim.Sentence} ({claim.Explanation})");
        output.WriteLine($"Results: {files.ResultsFile}");
        output.WriteLine($"Report:  {Path.Combine(files.Folder, "REPORT.md")} and REPORT.html");
        if (outcome.Stopped)
        {
            output.WriteLine(StoppedSentence);
            return Interrupted;
        }
        return outcome.Failed.Count > 0 || (selection.StrictClaims && failing.Length > 0) ? DidNotHold : Fine;
    }
}
