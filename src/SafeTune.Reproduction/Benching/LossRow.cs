namespace SafeTune.Reproduction.Benching;

/// <summary>One line of results/bench/kernel-losses.csv: a stretch of a training with kernels or without.</summary>
public sealed record LossRow
{
    /// <summary><c>on</c> or <c>off</c>, attention's included.</summary>
    public string Kernels { get; init; } = "";

    public int Seed { get; init; }

    /// <summary>The stretch's last step.</summary>
    public int Step { get; init; }

    /// <summary>Mean over the stretch.</summary>
    public double Loss { get; init; }
}
