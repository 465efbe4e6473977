using TorchSharp;

namespace SafeTune.Models;

/// <summary>Which of a model's operators are single kernels and which are composed of torch's, as Hugging Face's models compute them.</summary>
/// <param name="Fused">
/// On the CPU, in float32: dropout that keeps no mask, residual + dropout + norm that keeps its output only, GELU, and frozen projections with low-rank
/// adapters that keep their shared input once. Elsewhere the composed operators run.
/// </param>
/// <param name="FusedAttention">Attention that keeps no matrix of queries by keys: SafeTune's on the CPU in float32, torch's scaled_dot_product_attention on CUDA.</param>
public readonly record struct KernelOptions(bool Fused, bool FusedAttention)
{
    /// <summary>Everything composed: the reference, and what reproductions of the paper's memory use.</summary>
    public static KernelOptions Composed => default;

    /// <summary>Everything that there is a kernel for.</summary>
    public static KernelOptions All => new(Fused: true, FusedAttention: true);

    /// <summary>What of them there is on a kind of device.</summary>
    public KernelOptions On(DeviceType device) => device == DeviceType.CPU ? this : this with { Fused = false };
}
