namespace SafeTune.Reproduction.Benching;

/// <summary>One line of results/bench/step.csv. Times are minima over interleaved rounds; of them only ratios within one run mean something.</summary>
public sealed record StepRow
{
    /// <summary>Of the case, like the next six.</summary>
    public string Model { get; set; } = "";

    public int Batch { get; set; }

    public int Seq { get; set; }

    public int FreezePrefix { get; set; }

    /// <summary><c>off</c>, or the instruction set.</summary>
    public string Kernels { get; set; } = "";

    public string Attention { get; set; } = "";

    /// <summary><c>off</c> or <c>ram</c>.</summary>
    public string CachePrefix { get; set; } = "";

    /// <summary>Versions, like the next.</summary>
    public string Torch { get; set; } = "";

    public string? Blas { get; set; }

    public int Threads { get; set; }

    /// <summary>Seconds of the fastest step.</summary>
    public double StepSeconds { get; set; }

    /// <summary>The step's matrix products a second, as a share of what a large product reaches in the same process; recomputation earns nothing.</summary>
    public double? ShareOfGemm { get; set; }

    /// <summary>Held at the end of the forward pass.</summary>
    public long? ActivationBytes { get; set; }

    /// <summary>Most held during a step, above the resident bytes.</summary>
    public long? PeakBytes { get; set; }

    /// <summary>The peer's version; null where there was none.</summary>
    public string? Peer { get; set; }

    /// <summary>The peer's fastest step of the same case.</summary>
    public double? PeerSeconds { get; set; }

    /// <summary>Its activations.</summary>
    public long? PeerActivationBytes { get; set; }

    /// <summary>Most that it held during a step; known on a GPU.</summary>
    public long? PeerPeakBytes { get; set; }

    /// <summary>Of the fastest steps.</summary>
    public double? TimeRatio { get; set; }

    /// <summary>To the peer's fastest step with nothing frozen.</summary>
    public double? TimeRatioUnfrozen { get; set; }

    public double? ActivationRatio { get; set; }

    public double? PeakRatio { get; set; }
}
