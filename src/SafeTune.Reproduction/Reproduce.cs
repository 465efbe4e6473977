using SafeTune.Measurement;
using SafeTune.Reproduction.Cells;
using SafeTune.Reproduction.Claims;
using SafeTune.Reproduction.Experiments;
using SafeTune.Reproduction.Reports;
using SafeTune.Reproduction.Resources;
using SafeTune.Reproduction.Results;
using SafeTune.Reproduction.Running;

namespace SafeTune.Reproduction;

/// <summary>From experiment files to results and a report.</summary>
public static class Reproduce
{
    public const int Fine = 0, DidNotHold = 1, Interrupted = 130;

    internal const string StoppedSentence = "Stopped after the current step; run the same command again to go on from there.";

    /// <summary>
    /// Runs the selected cells that are not finished yet, then writes <c>results/&lt;scale&gt;/&lt;table&gt;.csv</c> of each experiment and the report.
    /// The repository's root is the folder above the experiment files'.
    /// </summary>
    /// <param name="experimentFiles">For example <c>experiments/table1.yaml</c>; all in one folder.</param>
    /// <param name="selection">What to run.</param>
    /// <param name="worker">Starts a program that calls <see cref="CellWorker.Serve"/>: cells run side by side in such processes.</param>
    /// <param name="output">For progress and the final summary.</param>
    /// <param name="stop">Ends the run after the current step, with a checkpoint.</param>
    /// <returns>0; 1 when a cell failed or (with <see cref="Selection.StrictClaims"/>) a claim does not hold; 130 when stopped.</returns>
    /// <exception cref="UsageException">Bad input; nothing was changed.</exception>
    public static int Run(IReadOnlyList<string> experimentFiles, Selection selection, IReadOnlyList<string> worker, TextWriter output, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(experimentFiles);
        ArgumentNullException.ThrowIfNull(selection);
        string root = RootOf(experimentFiles[0]);
        if (selection.Scale == ResourceTables.Scale)
            return ResourceTables.Run(root, experimentFiles, selection, output, stop);
        if (selection.List)
        {
            CellList.Write(root, experimentFiles, selection, output);
            return Fine;
        }

        if (selection.Merge is { } folders)
        {
            IReadOnlyList<ReportModel> reports = Merging.Merge(root, [.. experimentFiles.SelectMany(file => ExperimentFile.Load(file, selection.Scale))], selection.Scale, folders, output);
            string[] tables = [.. experimentFiles.Select(file => Path.GetFileNameWithoutExtension(file))];
            return reports.Max(report => Judge(report, selection.StrictClaims, output, tables));
        }

        return new Invocation(root, experimentFiles, selection, output, stop).Run(Lanes.Of(worker));
    }

    internal static int Run(string experimentFile, Selection selection, ICellRunner runner, Func<RunEnvironment> machine, TextWriter output, CancellationToken stop) =>
        new Invocation(RootOf(experimentFile), [experimentFile], selection, output, stop).Run(new Lanes(_ => machine(), (_, environment, _) => [new LocalLane(runner, environment)]));

    /// <summary>Writes the report of a scale again from its CSV files, and names the claims that do not hold.</summary>
    /// <param name="root">The repository.</param>
    /// <param name="selection">The scale, or the name of its folder below results/; <see cref="Selection.StrictClaims"/>.</param>
    /// <param name="output">A line for each claim, and where the report is.</param>
    /// <returns>As <see cref="Judge"/>.</returns>
    /// <exception cref="UsageException">There are no results, or a file is broken.</exception>
    public static int Report(string root, Selection selection, TextWriter output)
    {
        ArgumentNullException.ThrowIfNull(selection);
        ArgumentNullException.ThrowIfNull(output);
        ReportModel? report = null;
        if (ExperimentFile.ScaleOf(selection.Scale) == ResourceTables.Scale)
            ResourceReport.Write(root, selection.Scale);
        else
            report = Reports.Report.Write(root, selection.Scale);
        output.WriteLine($"Report: results/{selection.Scale}/REPORT.md and REPORT.html");
        return report is null ? Fine : Judge(report, selection.StrictClaims, output);
    }

    /// <summary>Names the claims of a report that do not hold.</summary>
    /// <param name="report">As just written.</param>
    /// <param name="strict">As <see cref="Selection.StrictClaims"/>.</param>
    /// <param name="output">A line for each.</param>
    /// <param name="tables">Whose claims; null = all.</param>
    /// <returns>0; 1 when one does not hold and claims are strict.</returns>
    public static int Judge(ReportModel report, bool strict, TextWriter output, IReadOnlyCollection<string>? tables = null)
    {
        ArgumentNullException.ThrowIfNull(report);
        ArgumentNullException.ThrowIfNull(output);
        bool fails = false;
        foreach (TableReport table in report.Tables.Where(table => tables?.Contains(table.Table) != false))
        {
            foreach (ClaimVerdict claim in table.Claims.Where(claim => claim.Outcome == ClaimOutcome.Fails))
            {
                output.WriteLine($"  claim does not hold: {table.Name}: {claim.Sentence} ({claim.Explanation})");
                fails = true;
            }
        }

        return fails && strict ? DidNotHold : Fine;
    }

    internal static string RootOf(string experimentFile) => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(Path.GetFullPath(experimentFile))!, ".."));

    /// <summary>One call of Run.</summary>
    internal sealed class Invocation(string root, IReadOnlyList<string> files, Selection selection, TextWriter output, CancellationToken stop)
    {
        private string Runs => Path.Combine(root, "artifacts", "runs");

        /// <summary>Trains the cells, writes their tables and concludes.</summary>
        public int Run(Lanes lanes)
        {
            Dictionary<string, TableResults> tables = [];
            if (Train(lanes, plans => tables = plans.GroupBy(plan => plan.Experiment.Table).ToDictionary(group => group.Key, group => new TableResults(root, Runs, [.. group])),
                (cell, result, isNew) => tables[cell.Key.Table].Assembly.Add(result, isNew)) is not var (plans, cells, outcome))
            {
                return Interrupted;
            }

            foreach (TableResults table in tables.Values)
                table.Assembly.Write();
            string folder = Path.Combine(root, "results", plans[0].ResultsFolder);
            TableFiles[] derived = [.. files.SelectMany(file => ExperimentFile.Load(file, selection.Scale)).Where(experiment => experiment.IsDerived).Select(experiment => DerivedTable.Write(folder, experiment))];
            return Conclude(cells, outcome, tables.Values, derived, Reports.Report.Write(root, plans[0].ResultsFolder));
        }

        /// <summary>Trains the cells; null when stopped before the first of them, while a model was made.</summary>
        public (IReadOnlyList<TablePlan> Plans, int Cells, TableOutcome Outcome)? Train(Lanes open, Action<IReadOnlyList<TablePlan>> begin, Action<Cell, CellResult, bool> finished)
        {
            // Files first: a typo must not need a working torch.
            int? threads = selection.Threads ?? ExperimentFile.Load(files[0], selection.Scale)[0].Threads
                ?? (selection.Jobs is > 1 and var many ? Math.Max(1, Environment.ProcessorCount / many) : null);
            RunEnvironment machine = open.Look(threads);
            string? gpu = CellRunner.Gpu(machine);
            int jobs = selection.Jobs ?? (gpu is null && threads is { } each ? Math.Max(1, Environment.ProcessorCount / each) : 1);
            IReadOnlyList<TablePlan> plans;
            try
            {
                plans = new Plans(root, selection, gpu, output, stop).Of(files);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                output.WriteLine(StoppedSentence);
                return null;
            }

            Cell[] cells = [.. plans.SelectMany(plan => plan.Cells)];
            if (selection.Shard is { } shard)
                cells = [.. cells.Where((_, i) => shard.Has(i))];
            jobs = Math.Min(jobs, Math.Max(1, cells.Length));
            Announce(plans, cells.Length, machine, jobs);
            begin(plans);
            var toWorkers = new WorkerMessage("begin") { Root = root, ExperimentFiles = [.. files.Select(Path.GetFullPath)], Selection = selection with { Threads = threads } };
            IReadOnlyList<ILane> lanes = open.Open(jobs, machine, toWorkers);
            try
            {
                return (plans, cells.Length, new TableRunner(lanes, output).Run(cells, selection.Force, finished, stop));
            }
            finally
            {
                foreach (ILane lane in lanes)
                    lane.Dispose();
            }
        }

        private void Announce(IReadOnlyList<TablePlan> plans, int cells, RunEnvironment machine, int jobs)
        {
            foreach (TablePlan plan in plans)
                output.WriteLine($"{plan.Experiment.Table}: {plan.Experiment.Title}; scale {plan.Scale}, model {plan.Experiment.Model}, {Words.Count(plan.Cells.Count, "cell", "cells")}.");
            if (selection.Shard is { } shard)
                output.WriteLine(FormattableString.Invariant($"Of these, shard {shard} with {Words.Count(cells, "cell", "cells")}."));
            output.WriteLine(FormattableString.Invariant($"On {CellRows.Device(machine)}; torch {machine.Torch}{(jobs > 1 ? $"; {jobs} cells side by side" : "")}."));
            if (selection.IsCustom)
                output.WriteLine($"With --epochs or --max-train the results go to results/{plans[0].ResultsFolder}/ and say so in every row.");
            foreach (var data in plans.SelectMany(plan => plan.Cells).Select(cell => cell.Data).DistinctBy(data => data.Hash).Where(data => data.Train.SkippedRows + data.Evaluation.SkippedRows > 0))
            {
                string rows = $"{data.Train.SkippedRows} broken or unlabelled training rows and {data.Evaluation.SkippedRows} of those to score";
                output.WriteLine($"{data.Train.Name}: left out {rows}.");
            }
        }

        private int Conclude(int cells, TableOutcome outcome, IReadOnlyCollection<TableResults> tables, TableFiles[] derived, ReportModel report)
        {
            output.WriteLine();
            string counts = $"Ran {outcome.Ran.Count}, done before {outcome.Skipped.Count}, failed {outcome.Failed.Count}, refused {outcome.Refused.Count}";
            output.WriteLine($"{counts} of {Words.Count(cells, "cell", "cells")}.");
            foreach (var (cell, reason) in outcome.Failed)
                output.WriteLine($"  failed: {cell.Key}: {reason}");
            foreach (var (cell, reason) in outcome.Refused)
                output.WriteLine($"  refused: {cell.Key}: {reason}");
            CellKey[] ran = [.. outcome.Ran.Select(cell => cell.Key)];
            foreach (string line in tables.SelectMany(table => table.AgainstBefore(ran)))
                output.WriteLine(line);
            TableFiles[] written = [.. tables.Select(table => table.Files), .. derived];
            int claims = Judge(report, selection.StrictClaims, output, [.. written.Select(file => file.Table)]);
            foreach (TableFiles file in written)
                output.WriteLine($"Results: {file.ResultsFile}");
            output.WriteLine($"Report:  {Path.Combine(written[0].Folder, "REPORT.md")} and REPORT.html");
            if (outcome.Stopped)
            {
                output.WriteLine(StoppedSentence);
                return Interrupted;
            }

            return outcome.Failed.Count > 0 ? DidNotHold : claims;
        }
    }
}
