namespace SafeTune.Freezing;

/// <summary>What SAFE decided at one probe.</summary>
/// <param name="Probe">Number of the probe, from 1.</param>
/// <param name="Tau">The threshold at this probe; 0 during the warm-up.</param>
/// <param name="NewlyFrozen">Blocks (0-based, ascending) whose adapters freeze now, for good.</param>
public sealed record FreezeDecision(int Probe, double Tau, IReadOnlyList<int> NewlyFrozen);
