using SafeTune.Training;

namespace SafeTune.Cli.Output;

/// <summary>The end of a training: scores, and what they cost.</summary>
internal static class TrainingSummary
{
    public static void Write(Session session, RunReport r, string folder)
    {
        List<IReadOnlyList<string>> rows = [.. r.Scores.Select(score => (IReadOnlyList<string>)[score.Key, Figures.Score(score.Value)])];
        rows.Add(["training loss", string.Join(", ", r.EpochLosses.Select(Figures.Score))]);
        rows.Add(["steps", FormattableString.Invariant($"{r.Steps} in {Figures.Time(r.TrainSeconds)}, probes {Figures.Time(r.ProbeSeconds)}, evaluation {Figures.Time(r.EvalSeconds)}")]);
        rows.Add(["frozen blocks", FormattableString.Invariant($"{r.Freezes.Count} ({r.FrozenFraction:P0}), lowest that trains: {r.LowestTrainableLayer}")]);
        rows.Add(["memory", r.MemoryReason ?? $"{Figures.Bytes(r.ResidentBytes)} resident; peaks above it: {Figures.Bytes(r.MemoryBeforeBytes)} before freezing, {Figures.Bytes(r.MemoryAfterBytes)} after{Predicted(r)}"]);
        if (r.PrefixCacheBytes > 0) rows.Add(["prefix cache", Figures.Bytes(r.PrefixCacheBytes)!]);
        rows.Add(["compute", FormattableString.Invariant($"{r.Flops.Total / 1e12:F2} TFLOP")]);
        Table.Write(session, ["result", ""], rows);
        session.Output.WriteLine($"Written to {folder}.");
    }

    private static string Predicted(RunReport r) => r.PredictedPeakBytes is not { } predicted ? ""
        : $"; most in a step {Figures.Bytes(r.ResidentBytes + r.MemoryBeforeBytes)}, predicted {Figures.Bytes(predicted)}";
}
