namespace SafeTune.Kernels;

/// <summary>Dropout as a function of the element's place: nothing of it has to be kept.</summary>
/// <param name="Seed">The key of <see cref="Philox"/>.</param>
/// <param name="Threshold">p * 65536, rounded: an element is zeroed where 16 bits drawn for it are below; 0 drops nothing.</param>
/// <param name="Scale">The factor of what stays: 1 / (1 - threshold / 65536).</param>
internal readonly record struct DropoutRule(ulong Seed, uint Threshold, float Scale)
{
    /// <summary>The rule that drops nothing.</summary>
    public static DropoutRule None => new(Seed: 0, Threshold: 0, Scale: 1);

    /// <summary>The rule that drops an element with a probability below 1.</summary>
    public static DropoutRule Of(ulong seed, double probability)
    {
        var threshold = (uint)Math.Round(probability * 65536, MidpointRounding.AwayFromZero);
        return new(seed, threshold, (float)(65536.0 / (65536 - threshold)));
    }
}

/// <summary>y = LN(dropout(f) + x) over the last dimension; without f, LN(x).</summary>
internal readonly unsafe struct NormShape
{
    /// <summary>Elements of a row.</summary>
    public required long Columns { get; init; }

    /// <summary>[columns].</summary>
    public required float* Weight { get; init; }

    /// <summary>[columns], or null: none, as in RMSNorm.</summary>
    public float* Bias { get; init; }

    /// <summary>What is added to the variance.</summary>
    public required float Epsilon { get; init; }

    /// <summary>RMSNorm: the mean is left in.</summary>
    public bool RootMeanSquare { get; init; }

    /// <summary>Dropout of f.</summary>
    public DropoutRule Dropout { get; init; }
}

/// <summary>y += scale * B A dropout(x), row by row.</summary>
/// <param name="In">Columns of x.</param>
/// <param name="Out">Columns of y.</param>
/// <param name="Rank">Rows of A and columns of B, at most <see cref="CpuKernels.MostRanks"/>.</param>
/// <param name="Scale">The adapter's factor.</param>
/// <param name="Dropout">Dropout of x.</param>
internal readonly record struct LowRankShape(long In, long Out, long Rank, float Scale, DropoutRule Dropout);

/// <summary>
/// softmax(scale * q k' + mask) v with dropout on the probabilities, for one batch element and one group of query heads that share keys and
/// values. Rows of q, k, v and of the result lie <c>...Row</c> elements apart, the heads of a group <c>...Head</c>.
/// </summary>
internal readonly record struct AttentionShape
{
    public required long Queries { get; init; }

    public required long Keys { get; init; }

    /// <summary>Elements of a head.</summary>
    public required long Size { get; init; }

    /// <summary>Query heads for this one head of keys and values.</summary>
    public required long Group { get; init; }

    public required long QRow { get; init; }

    public required long QHead { get; init; }

    public required long KRow { get; init; }

    public required long VRow { get; init; }

    public required long ORow { get; init; }

    public required long OHead { get; init; }

    /// <summary>0 where all queries share one row of the mask.</summary>
    public long MaskRow { get; init; }

    /// <summary>0 where all heads share one mask.</summary>
    public long MaskHead { get; init; }

    public required float Scale { get; init; }

    /// <summary>Query i sees the keys up to i + keys - queries.</summary>
    public bool Causal { get; init; }

    /// <summary>Dropout of the probabilities.</summary>
    public DropoutRule Dropout { get; init; }
}
