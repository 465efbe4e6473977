namespace SafeTune.Reproduction.Benching;

/// <summary>One line of results/bench/combinations*.csv: a training step of BERT with LoRA, batch 32, 128 tokens, with some ways of saving memory, alone and together.</summary>
public sealed record CombinationRow
{
    /// <summary>The size: <c>mini</c> has 6 blocks, <c>large</c> 24.</summary>
    public string Model { get; set; } = "";

    /// <summary>Blocks that SAFE has frozen from below.</summary>
    public int FreezePrefix { get; set; }

    /// <summary>Of the frozen weights and of activations: <c>float32</c> or <c>bfloat16</c>.</summary>
    public string Dtype { get; set; } = "";

    /// <summary><c>on</c> or <c>off</c>, like the next.</summary>
    public string GradientCheckpointing { get; set; } = "";

    /// <summary>Parts that the batch is taken in.</summary>
    public int Accumulation { get; set; }

    public string Kernels { get; set; } = "";

    /// <summary><c>eager</c> or <c>fused</c>.</summary>
    public string Attention { get; set; } = "";

    public long? ResidentBytes { get; set; }

    public long? ActivationBytes { get; set; }

    /// <summary>Most held during a step, above the resident bytes.</summary>
    public long? PeakBytes { get; set; }

    /// <summary>Resident and peak together, as a share of the first row's.</summary>
    public double? MemoryRatio { get; set; }

    /// <summary>Of the fastest step, as a share of the first row's.</summary>
    public double TimeRatio { get; set; }
}
