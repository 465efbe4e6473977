using System.Globalization;
using SafeTune.Reproduction.Cells;
using SafeTune.Reproduction.Experiments;

namespace SafeTune.Reproduction;

/// <summary>What a selection would run, with its settings, and what of it is missing here; also where nothing is at hand.</summary>
internal static class CellList
{
    /// <summary>Lists the cells of experiment files, table by table.</summary>
    /// <exception cref="UsageException">A mistake in a file, or a row or column that is not in it.</exception>
    public static void Write(string root, IEnumerable<string> experimentFiles, Selection selection, TextWriter output)
    {
        foreach (Experiment experiment in experimentFiles.SelectMany(file => ExperimentFile.Load(file, selection.Scale)))
        {
            if (experiment.IsDerived)
            {
                output.WriteLine($"{experiment.Table}: {experiment.Title}; derived from {string.Join(", ", experiment.Sources.Values)}");
                continue;
            }

            var (hub, noModel) = ModelOf(root, experiment, selection);
            output.WriteLine($"{experiment.Table}: {experiment.Title}; scale {experiment.Scale}, model {experiment.Model}{(noModel is null ? "" : $", missing: {noModel}")}");
            IReadOnlyList<string> rows = selection.ChooseRows(experiment);
            foreach (Column column in selection.ChooseColumns(experiment))
            {
                string data = hub is null ? "data not looked for" : DataOf(hub, column, experiment, selection);
                output.WriteLine($"  {column.Task}: {data}");
                foreach (string method in rows)
                    output.WriteLine($"    {method}, {Settings(column.For(method), experiment.Seeds, selection)}");
            }
        }
    }

    /// <summary>How many cells a selection has, from the files alone.</summary>
    public static int Count(string experimentFile, Selection selection) => ExperimentFile.Load(experimentFile, selection.Scale).Where(experiment => !experiment.IsDerived).Sum(experiment =>
        selection.ChooseColumns(experiment).Sum(column => Seeds(column, experiment.Seeds, selection).Count) * selection.ChooseRows(experiment).Count);

    private static IReadOnlyList<int> Seeds(Column column, IReadOnlyList<int> seeds, Selection selection) => selection.Seeds ?? column.Seeds ?? seeds;

    private static string Settings(Column column, IReadOnlyList<int> seeds, Selection selection) => string.Create(CultureInfo.InvariantCulture,
        $"{(Seeds(column, seeds, selection) is [var only] ? $"seed {only}" : $"seeds {string.Join(", ", Seeds(column, seeds, selection))}")}: learning rate {column.LearningRate}, batch size {column.BatchSize}, epochs {selection.Epochs ?? column.Epochs}, length {column.MaxLength}, metric {column.Metric}");

    private static (Hub? Hub, string? Missing) ModelOf(string root, Experiment experiment, Selection selection)
    {
        try
        {
            // A model that is made here is not missing, and is not made for a list.
            return (experiment.IsWorld ? World.WorldHub.Of(root, experiment.Model, selection.Hub, TextWriter.Null) : Hub.Find(selection.Hub, experiment.Recipe is null ? experiment.Model : null), null);
        }
        catch (UsageException missing)
        {
            return (DataAlone(selection), missing.Message);
        }
    }

    private static Hub? DataAlone(Selection selection)
    {
        try
        {
            return Hub.Find(selection.Hub, model: null);
        }
        catch (UsageException)
        {
            return null;
        }
    }

    private static string DataOf(Hub hub, Column column, Experiment experiment, Selection selection)
    {
        try
        {
            TaskData data = TaskData.Load(hub.DatasetsFolder, column, experiment.Evaluation, selection.MaxTrain);
            return FormattableString.Invariant($"{data.Train.Examples.Count} training rows, {data.Evaluation.Examples.Count} to score");
        }
        catch (UsageException missing)
        {
            return $"missing: {missing.Message}";
        }
    }
}
