using System.Globalization;

namespace SafeTune.Freezing;

/// <summary>The choices of SAFE. The paper (arXiv 2412.03587) names most of them without giving values; every default says why it is what it is.</summary>
/// <remarks>Time is counted in probes. Fractions are of all probes of the training; values in epochs are multiplied by <see cref="ProbesPerEpoch"/>.</remarks>
public sealed record SafeOptions
{
    /// <summary>tau_T, the final threshold, between 0 and 1. Null is <c>auto</c>: the median of the blocks' scores at t_w, never above <see cref="MaxAutoTau"/>.</summary>
    /// <remarks>The paper chooses it "empirically" and prints no value. It freezes 51 % of the layers on average, which the median does by construction, and the scale of the scores depends on model and task, so a fixed number would not carry over.</remarks>
    public double? TauFinal { get; init; }

    /// <summary>Upper limit of the automatic tau_T. Default 0.5: a block whose output has changed by half or more is at work, however the others compare.</summary>
    public double MaxAutoTau { get; init; } = 0.5;

    /// <summary>Training examples in the fixed probe batch. Default 64: enough rows for a stable CKA (thousands of tokens), at the cost of two forward passes of two usual batches.</summary>
    public int ProbeExamples { get; init; } = 64;

    /// <summary>How often the blocks are scored. Default 1, as the paper scores once an epoch; short trainings need more to have a schedule at all.</summary>
    public double ProbesPerEpoch { get; init; } = 1;

    /// <summary>A score is settled when it changed by less than this since the probe before. Default 0.05: the paper's 5 %, read as relative to the probe before, because the scores of the blocks differ by orders of magnitude.</summary>
    public double RelativeChange { get; init; } = 0.05;

    /// <summary>Probes in a row at which every block must be settled for the warm-up to end. Default 2: the smallest number that makes the paper's "consecutive epochs" a plural.</summary>
    public int Consecutive { get; init; } = 2;

    /// <summary>Scores below this count as this much when the relative change is taken. Default 1e-6: rounding noise of a block that does nothing must not keep the warm-up going.</summary>
    public double ScoreFloor { get; init; } = 1e-6;

    /// <summary>The warm-up ends here at the latest, as a fraction of all probes (rounded to the nearest probe, halves up, and at least 2). Null: no cap. Default 0.3: the paper has none, but a training whose scores never settle would never freeze.</summary>
    public double? WarmUpCap { get; init; } = 0.3;

    /// <summary>The cap in epochs; takes the place of <see cref="WarmUpCap"/>.</summary>
    public double? WarmUpCapEpochs { get; init; }

    /// <summary>t_f, when tau reaches tau_T, as a fraction of all probes (not rounded: equation (4) is continuous). Default 0.6: late enough for a gradual rise after a capped warm-up, early enough that 40 % of the training profits in full. The paper prints no value.</summary>
    public double FreezeEnd { get; init; } = 0.6;

    /// <summary>t_f in epochs; takes the place of <see cref="FreezeEnd"/>.</summary>
    public double? FreezeEndEpochs { get; init; }

    /// <summary>Whether CKA centres the columns. Default true: linear CKA's definition (Kornblith et al. 2019) does; the paper's equation (2) as printed does not, and is then dominated by the mean activation, so that every score is near 0.</summary>
    public bool CentreCka { get; init; } = true;

    /// <summary>Probes of a training of so many epochs; the last one may fall before its end.</summary>
    public int TotalProbes(double epochs) => (int)Math.Floor(epochs * ProbesPerEpoch + 1e-9);

    /// <summary>Checks every option and turns fractions and epochs into numbers of probes.</summary>
    /// <param name="totalProbes">Probes of the whole training, at least 1.</param>
    /// <exception cref="UsageException">An option is out of range; the sentence names it.</exception>
    public SafeSchedule Resolve(int totalProbes)
    {
        if (totalProbes < 1)
            throw new UsageException($"SAFE needs at least one probe in the training, not {totalProbes}; raise {nameof(ProbesPerEpoch)} or the epochs.");
        Check(nameof(TauFinal), TauFinal ?? 0, v => v is >= 0 and <= 1, "between 0 and 1");
        Check(nameof(MaxAutoTau), MaxAutoTau, v => v is >= 0 and <= 1, "between 0 and 1");
        Check(nameof(ProbeExamples), ProbeExamples, v => v >= 2, "at least 2");
        Check(nameof(ProbesPerEpoch), ProbesPerEpoch, v => v > 0 && double.IsFinite(v), "above 0");
        Check(nameof(RelativeChange), RelativeChange, v => v > 0 && double.IsFinite(v), "above 0");
        Check(nameof(Consecutive), Consecutive, v => v >= 1, "at least 1");
        Check(nameof(ScoreFloor), ScoreFloor, v => v is > 0 and < 1, "above 0 and below 1");
        Check(nameof(WarmUpCap), WarmUpCap ?? 0, v => v is >= 0 and <= 1, "between 0 and 1");
        Check(nameof(WarmUpCapEpochs), WarmUpCapEpochs ?? 0, v => v >= 0 && double.IsFinite(v), "at least 0");
        Check(nameof(FreezeEnd), FreezeEnd, v => v is >= 0 and <= 1, "between 0 and 1");
        Check(nameof(FreezeEndEpochs), FreezeEndEpochs ?? 0, v => v >= 0 && double.IsFinite(v), "at least 0");

        var cap = WarmUpCapEpochs * ProbesPerEpoch ?? WarmUpCap * totalProbes;
        return new(
            TauFinal,
            MaxAutoTau,
            FreezeEndEpochs * ProbesPerEpoch ?? FreezeEnd * totalProbes,
            cap is { } probes ? Math.Max(2, (int)Math.Round(Math.Min(probes, int.MaxValue / 2), MidpointRounding.AwayFromZero)) : null,
            Consecutive,
            RelativeChange,
            ScoreFloor);
    }

    private static void Check(string option, double value, Predicate<double> holds, string expected)
    {
        if (!holds(value))
            throw new UsageException($"SAFE's option {option} is {value.ToString(CultureInfo.InvariantCulture)}, expected a number {expected}.");
    }
}
