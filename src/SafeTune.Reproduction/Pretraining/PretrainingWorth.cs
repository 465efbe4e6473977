using SafeTune.Data;
using SafeTune.Images;
using SafeTune.Models;
using SafeTune.Reproduction.Cells;
using SafeTune.Reproduction.Reports;
using SafeTune.Reproduction.Results;
using SafeTune.Reproduction.Running;
using SafeTune.Reproduction.World;

namespace SafeTune.Reproduction.Pretraining;

/// <summary>A line of <c>results/&lt;scale&gt;/pretraining.csv</c>: LoRA from a pre-trained model beside what it is to be better than, in the paper's units.</summary>
public sealed record PretrainingRow
{
    public string Scale { get; init; } = "";
    public string Table { get; init; } = "";
    public string Model { get; init; } = "";
    public string Task { get; init; } = "";
    public string Metric { get; init; } = "";
    /// <summary>A linear model on counts of words, or on pixels; empty where there is no such thing.</summary>
    public double? LinearProbe { get; init; }
    /// <summary>The same training from the weights that pre-training began with.</summary>
    public double? RandomWeights { get; init; }
    public double? Pretrained { get; init; }
}

/// <summary>What pre-training was worth: every task of the tables once from the pre-trained model, and once from random weights.</summary>
public static class PretrainingWorth
{
    /// <summary>The file's name below results/&lt;scale&gt;/.</summary>
    public const string FileName = "pretraining.csv";

    private const string Method = "lora";

    /// <summary>Trains what is not trained yet, writes <see cref="FileName"/> and the report.</summary>
    /// <param name="recipes">For example experiments/smoke/pretrain.yaml.</param>
    /// <param name="experimentFiles">The tables; of those that share their cells, one.</param>
    /// <param name="selection">Its threads and jobs count.</param>
    /// <param name="worker">As for <see cref="Reproduce"/>.</param>
    /// <param name="output">For progress.</param>
    /// <param name="stop">Ends the run after the current step.</param>
    /// <returns>0, or 130 when stopped.</returns>
    public static int Measure(string recipes, IReadOnlyList<string> experimentFiles, Selection selection, IReadOnlyList<string> worker, TextWriter output, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(experimentFiles);
        ArgumentNullException.ThrowIfNull(selection);
        string root = Reproduce.RootOf(experimentFiles[0]), world = GeneratedWorld.In(Path.Combine(root, "artifacts"), output);
        foreach (PretrainingRecipe recipe in PretrainingFile.Load(recipes))
            Pretrain.WriteRandom(recipe, world, RandomFolder(root, recipe.Name));
        Selection cells = new() { Rows = [Method], Seeds = [1], Threads = selection.Threads, Jobs = selection.Jobs };
        if (Results(cells with { FromRandomWeights = true }) is not { } random || Results(cells) is not { } pretrained)
            return Reproduce.Interrupted;
        output.WriteLine("Linear models on words and pixels ...");
        PretrainingRow[] rows = [.. pretrained.Select(entry => Row(entry.Key, entry.Value, random.First(other => other.Key.Key == entry.Key.Key).Value))];
        CsvFile.Write(Path.Combine(root, "results", cells.Scale, FileName), rows.OrderBy(row => row.Table, StringComparer.Ordinal).ThenBy(row => row.Model, StringComparer.Ordinal).ThenBy(row => row.Task, StringComparer.Ordinal));
        Report.Write(root, cells.Scale);
        return Reproduce.Fine;

        Dictionary<Cell, CellResult>? Results(Selection what)
        {
            var results = new Dictionary<Cell, CellResult>();
            var run = new Reproduce.Invocation(root, experimentFiles, what, output, stop).Train(Lanes.Of(worker), _ => { }, (cell, result, _) => results[cell] = result);
            return run is { Outcome.Stopped: false } ? results : null;
        }
    }

    /// <summary>Where the random weights of a model lie.</summary>
    internal static string RandomFolder(string root, string model) => Path.Combine(root, "artifacts", "models", model + ".fresh");

    private static PretrainingRow Row(Cell cell, CellResult pretrained, CellResult random) => new()
    {
        Scale = cell.Key.Scale,
        Table = cell.Key.Table,
        Model = cell.Key.Model,
        Task = cell.Key.Task,
        Metric = cell.Column.Metric,
        LinearProbe = 100 * Probe(cell),
        RandomWeights = Score(cell, random),
        Pretrained = Score(cell, pretrained),
    };

    private static double? Score(Cell cell, CellResult result) => result.Rows.FirstOrDefault(row => row.Metric == cell.Column.Metric)?.Value;

    // Of generated text, answers and perplexities there is no linear model.
    private static double? Probe(Cell cell)
    {
        var (train, dev, metric) = (cell.Data.Train, cell.Data.Evaluation, cell.Column.Metric);
        return train.Examples[0] switch
        {
            TextExample => World.Probes.LinearProbe.Score(train, dev, metric),
            ImageExample or StoredImageExample => World.Probes.LinearProbe.Score(Pixels(cell, train), Labels(train), Pixels(cell, dev), Labels(dev), train.Labels, metric),
            _ => null,
        };
    }

    private static double[] Labels(Dataset data) => [.. data.Examples.Select(example => example.Label)];

    // At the model's size, a number from 0 to 1 each.
    private static float[][] Pixels(Cell cell, Dataset data)
    {
        int side = (int)AutoModel.Configuration(cell.ModelFolder).ImageSide!;
        return [.. data.Examples.Select(example => ImageResizer.Resize(Decoded(example), side, side, ImageFilter.Bilinear).Pixels.Take(side * side * RgbImage.Channels).Select(value => value / 255f).ToArray())];
    }

    private static RgbImage Decoded(Example example) => example switch
    {
        ImageExample image => new RgbImage(image.Height, image.Width, image.Pixels),
        StoredImageExample { Source: var source } => ImageDecoder.Decode(source.Read(), source.Place),
        _ => throw new InvalidOperationException("Only images have pixels."),
    };
}
