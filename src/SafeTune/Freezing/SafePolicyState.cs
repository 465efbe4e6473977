namespace SafeTune.Freezing;

/// <summary>What a checkpoint keeps of a <see cref="SafePolicy"/>: the scores. Its decisions follow from them, so they cannot disagree after a resume.</summary>
/// <param name="Blocks">Number of blocks scored.</param>
/// <param name="Scores">One row a probe, one score a block.</param>
public sealed record SafePolicyState(int Blocks, IReadOnlyList<IReadOnlyList<double>> Scores);
