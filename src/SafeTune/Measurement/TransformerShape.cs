namespace SafeTune.Measurement;

/// <summary>What the compute of an encoder with a classification head depends on, apart from batch and length.</summary>
/// <param name="Layers">Number of blocks.</param>
/// <param name="Hidden">Width of the residual stream.</param>
/// <param name="Intermediate">Width of the feed-forward layer.</param>
/// <param name="Heads">Attention heads; divides <paramref name="Hidden"/>. The compute does not depend on it.</param>
/// <param name="Labels">Outputs of the classifier; 1 for a regression.</param>
/// <param name="LoraRank">r of the adapters; 0 when there are none.</param>
/// <param name="LoraTargets">Adapted projections of a block: <c>query key value attention.output.dense intermediate.dense output.dense</c>.</param>
/// <param name="Pooler">Whether a dense layer on the first token stands before the classifier.</param>
public sealed record TransformerShape(
    int Layers, long Hidden, long Intermediate, int Heads, long Labels, int LoraRank, IReadOnlyList<string> LoraTargets, bool Pooler);

/// <summary>What a block carries and what of it learns.</summary>
/// <param name="HasAdapter">LoRA runs in it, frozen or not.</param>
/// <param name="AdapterTrains">Its LoRA matrices learn.</param>
/// <param name="WeightsTrain">Its own projections learn (full fine-tuning).</param>
public sealed record BlockState(bool HasAdapter, bool AdapterTrains, bool WeightsTrain);
