using System.Globalization;
using SafeTune.Measurement;
using SafeTune.Reproduction.Experiments;
using SafeTune.Reproduction.Results;
using SafeTune.Reproduction.Running;

namespace SafeTune.Reproduction.Resources;

/// <summary>The scale <c>resources</c>: memory, compute and time of the paper's own models and batches, with random weights, while nothing, the paper's share or all but one block is frozen.</summary>
internal static class ResourceTables
{
    public const string Scale = "resources";

    /// <summary>Measures what results/resources… does not hold yet, writes each table after each of its cells, and the report.</summary>
    /// <param name="root">The repository.</param>
    /// <param name="files">Experiment files.</param>
    /// <param name="selection">Rows and columns; <see cref="Selection.Force"/>, <see cref="Selection.List"/>.</param>
    /// <param name="output">Told how far it has come.</param>
    /// <param name="stop">Ends the run after the current cell.</param>
    /// <returns>The exit code.</returns>
    public static int Run(string root, IReadOnlyList<string> files, Selection selection, TextWriter output, CancellationToken stop)
    {
        Experiment[] experiments = [.. files.SelectMany(file => ExperimentFile.Load(file, Scale))];
        ResourceCell[] cells = [.. experiments.Where(experiment => !experiment.IsDerived).SelectMany(experiment => ResourceCell.Of(experiment, selection))];
        if (selection.List)
        {
            foreach (ResourceCell cell in cells)
                output.WriteLine(cell);
            return Reproduce.Fine;
        }

        RunEnvironment machine = Lanes.Machine(selection.Threads);
        string? gpu = CellRunner.Gpu(machine);
        string folder = Path.Combine(root, "results", Cells.TablePlan.FolderOf(Scale, gpu));
        Directory.CreateDirectory(folder);
        var measurer = new StepMeasurer(machine);
        int done = 0;
        foreach (IGrouping<string, ResourceCell> table in cells.GroupBy(cell => cell.Experiment.Table))
        {
            string file = Path.Combine(folder, table.Key + ".csv");
            List<ResourceRow> rows = CsvFile.Read<ResourceRow>(file);
            foreach (ResourceCell cell in table)
            {
                done++;
                if (!selection.Force && rows.Exists(row => IsOf(row, cell, machine.Torch)))
                    continue;
                if (stop.IsCancellationRequested)
                {
                    output.WriteLine(Reproduce.StoppedSentence);
                    return Reproduce.Interrupted;
                }

                ResourceRow found = measurer.Row(cell);
                rows = [.. rows.Where(row => Key(row) != Key(found)).Append(found)];
                CsvFile.Write(file, table.Select(each => rows.Find(row => IsOf(row, each, machine.Torch))).OfType<ResourceRow>().Concat(rows.Where(row => !table.Any(each => IsOf(row, each, machine.Torch)))));
                output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{done} of {cells.Length}: {cell}: {found.Source}, {(found.MemoryBytes is { } bytes ? ByteSize.Words(bytes) : "no bytes")}{(found.StepSeconds is { } time ? $", {time:G3} s a step" : "")}"));
            }

            output.WriteLine($"Results: {file}");
        }

        foreach (Experiment derived in experiments.Where(experiment => experiment.IsDerived))
            CsvFile.Write(Path.Combine(folder, derived.Table + ".csv"), ResourceMeans.Of(derived, source => CsvFile.Read<ResourceRow>(Path.Combine(folder, source + ".csv"))));
        ResourceReport.Write(root, Path.GetFileName(folder));
        output.WriteLine($"Report:  {Path.Combine(folder, "REPORT.md")} and REPORT.html");
        return Reproduce.Fine;
    }

    private static string Key(ResourceRow row) => string.Create(CultureInfo.InvariantCulture, $"{row.Model}|{row.Method}|{row.Task}|{row.State}");

    private static bool IsOf(ResourceRow row, ResourceCell cell, string torch) =>
        row.Model == cell.Experiment.Model && row.Method == cell.Method && row.Task == cell.Column.Task && row.State == cell.State
        && row.Batch == cell.Column.BatchSize && row.MicroBatch == cell.MicroBatch && row.Length == (cell.Config.ImageSide ?? cell.Column.MaxLength) && row.FrozenBlocks == cell.Frozen && row.Torch == torch;
}
