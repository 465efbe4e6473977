using SafeTune.Adapters;
using SafeTune.Batching;
using SafeTune.Data;
using SafeTune.Models;
using SafeTune.Reproduction.Experiments;
using SafeTune.Training;

namespace SafeTune.Reproduction.Resources;

/// <summary>A training step of the paper to measure: a method on a task while some blocks are frozen.</summary>
/// <param name="Experiment">The table.</param>
/// <param name="Config">Its model's architecture.</param>
/// <param name="Method">Row.</param>
/// <param name="Column">Column, as the method trains it.</param>
/// <param name="State">How much is frozen.</param>
/// <param name="Frozen">The leading blocks that are.</param>
public sealed record ResourceCell(Experiment Experiment, ModelConfig Config, string Method, Column Column, string State, int Frozen)
{
    /// <summary>Nothing is frozen.</summary>
    public const string Nothing = "none";

    /// <summary>As much as the paper says that SAFE froze.</summary>
    public const string AsThePaper = "paper";

    /// <summary>All blocks but the last.</summary>
    public const string AllButOne = "all_but_one";

    // Classes of the image sets, which stand in the data that is not needed here.
    private static readonly Dictionary<string, int> Classes = new()
    {
        ["cifar10"] = 10, ["cifar100"] = 100, ["country211"] = 211, ["fashion_mnist"] = 10, ["food101"] = 101, ["flowers102"] = 102, ["stanford_cars"] = 196, ["tiny_imagenet"] = 200,
    };

    /// <summary>The cells of a table, of the methods whose steps are all alike: those that drop, prune or freeze anew in every step are trainings, not steps.</summary>
    /// <exception cref="UsageException">The model's architecture is not known by name.</exception>
    public static IEnumerable<ResourceCell> Of(Experiment experiment, Selection selection)
    {
        ArgumentNullException.ThrowIfNull(experiment);
        ArgumentNullException.ThrowIfNull(selection);
        ModelConfig config = KnownModels.OfRepository(experiment.Model)
            ?? throw new UsageException($"The architecture of '{experiment.Model}' is not known by name; known: {string.Join(", ", KnownModels.All.Keys)}.");
        foreach (Column column in selection.ChooseColumns(experiment))
        {
            foreach (string method in selection.ChooseRows(experiment).Where(HasEqualSteps))
            {
                Column own = column.For(method);
                int blocks = Blocks(config, own.Task);
                (string, int)[] states = method.EndsWith("+safe", StringComparison.Ordinal)
                    ? [(AsThePaper, (int)Math.Round((experiment.FrozenShare) * blocks)), (AllButOne, blocks - 1)]
                    : [(Nothing, 0)];
                foreach (var (state, frozen) in states)
                    yield return new ResourceCell(experiment, config, method, own, state, frozen);
            }
        }
    }

    /// <summary>Examples that go through the model together.</summary>
    public int MicroBatch => Column.MicroBatchSize ?? Column.BatchSize;

    /// <summary>Of the model.</summary>
    public int TotalBlocks => Blocks(Config, Column.Task);

    /// <summary>What the model predicts.</summary>
    public HeadOptions Head => HeadOf(Column.Task);

    /// <summary>Of what goes through the model together: texts as long as they may be.</summary>
    public InputShape Shape => Config.ImageSide is { } side ? new(MicroBatch, 0, side, side) : new(MicroBatch, Column.MaxLength);

    /// <summary>The method, without what freezes by itself.</summary>
    public string StepMethod => Method.EndsWith("+safe", StringComparison.Ordinal) ? Method[..^"+safe".Length] : Method;

    /// <summary>The adapters' settings.</summary>
    public AdapterOptions? Adapter => Method.StartsWith("lora", StringComparison.Ordinal) ? Experiment.Lora : null;

    /// <summary>Cells with equal keys take the same step.</summary>
    public string StepKey => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{Experiment.Model}|{StepMethod}|{Head}|{Shape}|{Column.BatchSize}|{Frozen}|{Experiment.Lora}");

    /// <summary>For a person.</summary>
    public override string ToString() => string.Create(System.Globalization.CultureInfo.InvariantCulture,
        $"{Experiment.Table}/{Experiment.Model}/{Method}/{Column.Task}, {Frozen} of {TotalBlocks} blocks frozen, batch {Column.BatchSize}");

    /// <summary>Whether all steps of a method take the same.</summary>
    internal static bool HasEqualSteps(string method) => Methods.Baseline(method) is null or Baselines.UpperLayersOptions or Baselines.SparseAdapterOptions or Baselines.MeftOptions;

    private static int Blocks(ModelConfig config, string task)
    {
        using Transformer model = config.Build(HeadOf(task));
        return model.Blocks.Count;
    }

    private static HeadOptions HeadOf(string task) => task switch
    {
        "squad" => HeadOptions.Span(),
        "e2e" or "lamini" => HeadOptions.NextToken(),
        _ when Classes.TryGetValue(task, out int classes) => HeadOptions.Classes(classes),
        _ => Glue.Tasks.First(known => known.Name == task).LabelNames is { } labels ? HeadOptions.Classes(labels.Count) : HeadOptions.Number(),
    };
}
