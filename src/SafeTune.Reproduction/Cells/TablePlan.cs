using SafeTune.Reproduction.Experiments;
using SafeTune.Reproduction.Results;

namespace SafeTune.Reproduction.Cells;

/// <summary>The cells that a selection asks for, all input read and checked before the first of them runs.</summary>
/// <param name="Experiment">With the selection's epochs.</param>
/// <param name="Cells">In the order they run.</param>
/// <param name="ModelHash">Of the model folder's contents.</param>
/// <param name="Scale">As in the results' scale column.</param>
/// <param name="MaxTrain">Training rows at most; null = all.</param>
/// <param name="Gpu">The GPU's name when it trains, else null.</param>
public sealed record TablePlan(
    Experiment Experiment, IReadOnlyList<Cell> Cells, string ModelHash, string Scale, int? MaxTrain, string? Gpu)
{
    /// <summary>Plans the cells column by column and seed by seed, so that the methods to be compared finish together.</summary>
    /// <exception cref="UsageException">A row, column or data file is not there, or broken.</exception>
    public static TablePlan Make(Experiment experiment, Selection selection, Hub hub, string runsFolder, string? gpu)
    {
        ArgumentNullException.ThrowIfNull(hub);
        ArgumentNullException.ThrowIfNull(experiment);
        ArgumentNullException.ThrowIfNull(selection);
        IReadOnlyList<string> rows = selection.ChooseRows(experiment);
        IReadOnlyList<Column> columns = selection.ChooseColumns(experiment);
        Experiment run = WithEpochs(experiment, selection.Epochs);
        string modelFolder = hub.ModelFolder ?? throw new ArgumentException("The hub has no model.", nameof(hub));
        string scale = ScaleLabel(experiment.Scale, selection);
        var plan = new TablePlan(run, [], Configuration.ModelHash(modelFolder), scale, selection.MaxTrain, gpu);
        var cells = new List<Cell>();
        foreach (string task in columns.Select(column => column.Task))
        {
            Column column = run.Column(task);
            TaskData data = TaskData.Load(hub.DatasetsFolder, column, run.Evaluation, selection.MaxTrain);
            foreach (int seed in selection.Seeds ?? column.Seeds ?? run.Seeds)
                cells.AddRange(rows.Select(method => plan.Cell(method, column, seed, data, modelFolder, runsFolder)));
        }
        return plan with { Cells = cells };
    }

    /// <summary>Name of the folder below results/: GPU results lie apart, since no number of theirs repeats a CPU's to the byte.</summary>
    public string ResultsFolder => FolderOf(Scale, Gpu);

    /// <inheritdoc cref="ResultsFolder"/>
    internal static string FolderOf(string scale, string? gpu) => gpu is null ? scale : $"{scale}-{Slug(gpu)}";

    /// <summary>Runs with other epochs or fewer rows are other experiments: they get a scale of their own, in folders, files and every row.</summary>
    public const string CustomEnding = "-custom";

    public static string ScaleLabel(string scale, Selection selection) => selection.IsCustom ? scale + CustomEnding : scale;

    /// <summary>Whether a row is of the configuration that this plan would run for the same method, task and seed.</summary>
    public bool IsCurrent(ResultRow row)
    {
        ArgumentNullException.ThrowIfNull(row);
        return row.Table == Experiment.Table && row.Scale == Scale && row.Model == Experiment.Model
            && Experiment.Rows.Contains(row.Method) && Experiment.Columns.Any(column => column.Task == row.Task)
            && row.ConfigHash == Configuration.Hash(Configuration.Of(CellKey.Of(row), Experiment, ModelHash, MaxTrain));
    }

    private Cell Cell(string method, Column column, int seed, TaskData data, string modelFolder, string runsFolder)
    {
        var key = new CellKey(Experiment.Table, Scale, Experiment.Model, method, column.Task, seed);
        string configuration = Configuration.Of(key, Experiment, ModelHash, MaxTrain);
        return new Cell
        {
            Key = key,
            Column = column.For(method),
            Experiment = Experiment,
            Configuration = configuration,
            ConfigHash = Configuration.Hash(configuration),
            Data = data,
            Gpu = Gpu,
            ModelFolder = modelFolder,
            Folder = Path.Combine(runsFolder, Configuration.Hash($"{Configuration.Of(key with { Table = "" }, Experiment, ModelHash, MaxTrain)}\n{data.Hash}\n{Gpu}")),
        };
    }

    private static string Slug(string name)
    {
        string words = string.Concat(name.ToLowerInvariant().Select(letter => char.IsAsciiLetterOrDigit(letter) ? letter : ' '));
        return string.Join('-', words.Split(' ', StringSplitOptions.RemoveEmptyEntries));
    }

    private static Experiment WithEpochs(Experiment experiment, int? epochs) => epochs is not { } count ? experiment
        : experiment with { Columns = [.. experiment.Columns.Select(column => With(column, count))] };

    private static Column With(Column column, int epochs) =>
        column with { Epochs = epochs, ByAdapter = column.ByAdapter.ToDictionary(entry => entry.Key, entry => With(entry.Value, epochs)) };
}
