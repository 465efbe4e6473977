namespace SafeTune.Freezing;

/// <summary>Decides from importance scores alone which blocks' adapters freeze and when (SAFE, arXiv 2412.03587, section 4.2). Knows no model.</summary>
/// <remarks>
/// Probes are numbered t = 1, 2, … . The warm-up ends at the first t at which each of the last <c>Consecutive</c> changes was below
/// <c>RelativeChange</c> for every block, or at the cap; that t is t_w. From then on tau follows equation (4), or is tau_T at once when t_f ≤ t_w,
/// and a block freezes for good at the first t at which its score is below tau.
/// </remarks>
public sealed class SafePolicy
{
    private readonly SafeSchedule schedule;
    private readonly int?[] frozenAt;
    private readonly List<double[]> history = [];
    private int settledProbes;

    /// <param name="blocks">Number of blocks, at least 1.</param>
    /// <param name="schedule">From <see cref="SafeOptions.Resolve"/>.</param>
    public SafePolicy(int blocks, SafeSchedule schedule)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(blocks, 1);
        this.schedule = schedule;
        frozenAt = new int?[blocks];
    }

    /// <summary>Probes observed so far.</summary>
    public int Probes => history.Count;

    /// <summary>t_w: the probe at which the warm-up ended; null before.</summary>
    public int? WarmUpEnd { get; private set; }

    /// <summary>tau_T: as configured, or chosen at t_w; null before that.</summary>
    public double? TauFinal { get; private set; }

    /// <summary>Per block, the probe at which it froze; null while it trains.</summary>
    public IReadOnlyList<int?> FrozenAt => frozenAt;

    /// <summary>Takes the scores (1 - CKA, one a block) of the next probe and decides. A resumed run observes its past scores again: nothing else needs keeping.</summary>
    /// <exception cref="ArgumentException">Not one score a block.</exception>
    /// <exception cref="NotFiniteNumberException">A score is NaN or infinite: the activations overflowed.</exception>
    public FreezeDecision Observe(IReadOnlyList<double> scores)
    {
        if (scores.Count != frozenAt.Length)
            throw new ArgumentException($"Expected {frozenAt.Length} scores, one a block, found {scores.Count}.", nameof(scores));
        for (var i = 0; i < scores.Count; i++)
        {
            if (!double.IsFinite(scores[i]))
                throw new NotFiniteNumberException($"The importance score of block {i} at probe {Probes + 1} is {scores[i]}: its activations overflowed; lower the learning rate.", scores[i]);
        }

        settledProbes = Probes > 0 && Settled(history[^1], scores) ? settledProbes + 1 : 0;
        history.Add([.. scores]);
        if (WarmUpEnd is null && (settledProbes >= schedule.Consecutive || Probes >= schedule.WarmUpCap))
        {
            WarmUpEnd = Probes;
            TauFinal = schedule.TauFinal ?? Math.Min(Median(scores), schedule.MaxAutoTau);
        }

        var tau = WarmUpEnd is { } start ? FreezeSchedule.Cubic(TauFinal!.Value, start, schedule.FreezeEnd, Probes) : 0;
        List<int> newlyFrozen = [];
        for (var i = 0; i < frozenAt.Length; i++)
        {
            if (frozenAt[i] is not null || !(scores[i] < tau)) continue;
            frozenAt[i] = Probes;
            newlyFrozen.Add(i);
        }
        return new(Probes, tau, newlyFrozen);
    }

    private bool Settled(double[] before, IReadOnlyList<double> now) => before
        .Zip(now, (b, n) => Math.Abs(n - b) / Math.Max(Math.Abs(b), schedule.ScoreFloor))
        .All(change => change < schedule.RelativeChange);

    private static double Median(IEnumerable<double> scores)
    {
        double[] sorted = [.. scores.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
