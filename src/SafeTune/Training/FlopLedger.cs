using SafeTune.Adapters;
using SafeTune.Measurement;
using SafeTune.Models;

namespace SafeTune.Training;

/// <summary>Counts a model's training steps as it stands: what has adapters and what trains.</summary>
internal sealed class FlopLedger(Bert model, LoraAdapters? adapters)
{
    private readonly TransformerShape shape = new(
        model.Blocks.Count, model.Config.HiddenSize, model.Config.IntermediateSize, model.Config.Heads, model.HeadWeights.First().Weight.Shape[0],
        adapters?.Options.Rank ?? 0, adapters?.TargetPaths ?? [], Pooler: true);

    /// <summary>One step of a padded batch.</summary>
    public Flops Step(long batch, long sequence) => FlopCounter.Step(shape, [.. Enumerable.Range(0, model.Blocks.Count).Select(State)], model.EmbeddingsTrain, adapters is null, batch, sequence);

    private BlockState State(int block) => adapters is null
        ? new BlockState(HasAdapter: false, AdapterTrains: false, WeightsTrain: true)
        : new BlockState(adapters.HasUnit(block), adapters.Unit(block).Any(weight => weight.Trains), WeightsTrain: false);
}
