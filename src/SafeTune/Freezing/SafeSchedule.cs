namespace SafeTune.Freezing;

/// <summary><see cref="SafeOptions"/> resolved for one training: every time is a number of probes.</summary>
/// <param name="TauFinal">tau_T; null: the median of the scores at t_w, at most <paramref name="MaxAutoTau"/>.</param>
/// <param name="MaxAutoTau">Upper limit of an automatic tau_T.</param>
/// <param name="FreezeEnd">t_f, in probes; need not be whole.</param>
/// <param name="WarmUpCap">The probe at which the warm-up ends at the latest; null: no limit.</param>
/// <param name="Consecutive">Settled probes in a row that end the warm-up.</param>
/// <param name="RelativeChange">Largest relative change of a settled score, exclusive.</param>
/// <param name="ScoreFloor">Smallest denominator of a relative change.</param>
public sealed record SafeSchedule(
    double? TauFinal, double MaxAutoTau, double FreezeEnd, int? WarmUpCap, int Consecutive, double RelativeChange, double ScoreFloor = 1e-6);
