using SafeTune.Reproduction.Cells;
using SafeTune.Reproduction.Experiments;
using SafeTune.Reproduction.Pretraining;
using SafeTune.Reproduction.World;

namespace SafeTune.Reproduction;

/// <summary>From experiment files to plans: finds models and data, and makes what is made here.</summary>
/// <param name="root">The repository's root.</param>
/// <param name="selection">Which cells.</param>
/// <param name="gpu">The GPU that trains; null = the CPU.</param>
/// <param name="output">For progress of what is made.</param>
/// <param name="stop">Ends the making of a model after the current step, with a checkpoint.</param>
internal sealed class Plans(string root, Selection selection, string? gpu, TextWriter output, CancellationToken stop)
{
    /// <summary>One plan for each model of each file that trains; a derived table's are its sources', of the rows that it is derived from where these were not asked for themselves.</summary>
    /// <exception cref="UsageException">A mistake in a file, or a model or data that is not there.</exception>
    public IReadOnlyList<TablePlan> Of(IReadOnlyList<string> experimentFiles)
    {
        Experiment[] experiments = [.. experimentFiles.SelectMany(file => ExperimentFile.Load(file, selection.Scale))];
        var plans = experiments.Where(experiment => !experiment.IsDerived).Select(experiment => Plan(experiment, selection)).ToList();
        foreach (Experiment derived in experiments.Where(experiment => experiment.IsDerived))
        {
            Selection rows = selection with { Rows = derived.Rows, Columns = null };
            string[] wanted = [.. selection.ChooseColumns(derived).Select(column => derived.Sources[column.Task]).Where(source => plans.All(plan => plan.Experiment.Table != source))];
            plans.AddRange(wanted.SelectMany(source => ExperimentFile.Load(Beside(derived.File, source), selection.Scale)).Select(experiment => Plan(experiment, rows)));
        }

        return plans;
    }

    /// <summary>The file of a table beside another one's.</summary>
    public static string Beside(string file, string table) => Path.Combine(Path.GetDirectoryName(file)!, table + ".yaml");

    private TablePlan Plan(Experiment experiment, Selection what) => TablePlan.Make(experiment, what, HubOf(experiment), Path.Combine(root, "artifacts", "runs"), gpu);

    private Hub HubOf(Experiment experiment)
    {
        if (experiment.IsWorld)
        {
            Hub world = WorldHub.Of(root, experiment.Model, selection.Hub, output);
            return selection.FromRandomWeights ? world with { ModelFolder = PretrainingWorth.RandomFolder(root, experiment.Model) } : world;
        }

        if (experiment.Recipe is not { } recipe)
            return Hub.Find(selection.Hub, experiment.Model);
        Hub hub = Hub.Find(selection.Hub, model: null);
        return hub with { ModelFolder = MadeModel.Make(experiment.Model, recipe, hub.Folder, Path.Combine(root, "artifacts", "models"), output, stop) };
    }
}
