namespace SafeTune.Freezing;

/// <summary>How the freezing threshold grows over the training.</summary>
public static class FreezeSchedule
{
    /// <summary>Equation (4) of the paper: 0 before and at t_w, then a cubic rise, fast at first, to tau_T at t_f and after it.</summary>
    /// <param name="tauFinal">tau_T, the last threshold.</param>
    /// <param name="warmUpEnd">t_w. When it is not before <paramref name="freezeEnd"/> there is no rise: tau_T from t_w on.</param>
    /// <param name="freezeEnd">t_f, in the unit of <paramref name="t"/>.</param>
    /// <param name="t">The time asked about.</param>
    /// <remarks>tau_t = tau_T - tau_T (1 - (t - t_w) / (t_f - t_w))^3.</remarks>
    public static double Cubic(double tauFinal, double warmUpEnd, double freezeEnd, double t)
    {
        if (t < warmUpEnd) return 0;
        if (t >= freezeEnd) return tauFinal;
        var left = 1 - (t - warmUpEnd) / (freezeEnd - warmUpEnd);
        return tauFinal - tauFinal * left * left * left;
    }
}
