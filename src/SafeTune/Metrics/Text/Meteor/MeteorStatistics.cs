namespace SafeTune.Metrics.Text;

/// <summary>What METEOR sums over items: words weighted by kind, matched words weighted by kind and credit, and contiguous runs of matches.</summary>
internal sealed record MeteorStatistics
{
    public double HypothesisWeight { get; init; }

    public double ReferenceWeight { get; init; }

    public double HypothesisMatched { get; init; }

    public double ReferenceMatched { get; init; }

    public int Matches { get; init; }

    public int Chunks { get; init; }

    public static MeteorStatistics operator +(MeteorStatistics a, MeteorStatistics b) => new()
    {
        HypothesisWeight = a.HypothesisWeight + b.HypothesisWeight,
        ReferenceWeight = a.ReferenceWeight + b.ReferenceWeight,
        HypothesisMatched = a.HypothesisMatched + b.HypothesisMatched,
        ReferenceMatched = a.ReferenceMatched + b.ReferenceMatched,
        Matches = a.Matches + b.Matches,
        Chunks = a.Chunks + b.Chunks,
    };
}
