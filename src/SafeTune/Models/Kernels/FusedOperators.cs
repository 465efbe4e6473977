using SafeTune.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace SafeTune.Models;

/// <summary>The operators that single kernels compute, as models call them: differentiable, float32, on the CPU.</summary>
internal static class FusedOperators
{
    /// <summary>The largest rank of an adapter that <see cref="Project"/> takes.</summary>
    private const long MostRanks = CpuKernels.MostRanks;

    /// <summary>Whether there are kernels for a model of this kind.</summary>
    public static bool Exist(Device device, ScalarType dtype) => device.type == DeviceType.CPU && dtype == ScalarType.Float32;

    /// <summary>Whether there is a kernel for it.</summary>
    public static bool Take(Tensor x) => Exist(x.device, x.dtype);

    /// <summary>Whether <see cref="Project"/> takes a layer: all frozen but the adapter, which is low-rank.</summary>
    public static bool Take(Projection layer) =>
        layer.Weight is { Learns: false, Value.dtype: ScalarType.Float32 } && layer.Bias is null or { Learns: false }
        && layer.Adapter is null or { Enabled: false } or { LowRank.A.dtype: ScalarType.Float32 } && !(layer.Adapter is { Enabled: true, LowRank: { } pair } && pair.A.shape[0] > MostRanks);

    /// <summary>Dropout of probability <paramref name="p"/>, in multiples of 2⁻¹⁶.</summary>
    public static Tensor Dropout(Tensor x, double p)
    {
        using var plain = x.contiguous();
        return DropoutOperator.Apply(plain, DropoutOperator.Rule(p));
    }

    /// <summary>GELU in the erf form.</summary>
    public static Tensor Gelu(Tensor x)
    {
        using var plain = x.contiguous();
        return GeluOperator.Apply(plain);
    }

    /// <summary>LN(dropout(f) + x) with a frozen weight and bias; without <paramref name="f"/> LN(x), without a bias RMSNorm.</summary>
    public static Tensor Norm(Tensor? f, Tensor x, Tensor weight, Tensor? bias, double eps, double dropout)
    {
        using var plainF = f?.contiguous();
        using var plainX = x.contiguous();
        return NormOperator.Apply(plainF, plainX, weight, bias, eps, dropout);
    }

    /// <summary>The outputs of layers that share their input, each with its adapter's.</summary>
    public static Tensor[] Project(Tensor x, ReadOnlySpan<Projection> layers)
    {
        using var plain = x.contiguous();
        return ProjectionOperator.Apply(plain, [.. layers.ToArray().Select(layer =>
        {
            var pair = layer.Adapter is { Enabled: true } adapter ? adapter.LowRank : null;
            return new FrozenLayer(layer.Weight.Value, layer.IsInputFirst, layer.Bias?.Value, pair?.A, pair?.B, pair?.Scale ?? 0, DropoutOperator.Rule(pair?.Dropout ?? 0));
        })]);
    }

    /// <summary>Attention as <see cref="Attention.Forward"/>.</summary>
    public static Tensor Attend(Tensor q, Tensor k, Tensor v, Tensor? mask, double scale, double dropout, bool causal)
    {
        using var plain = mask?.contiguous();
        return AttentionOperator.Apply(q, k, v, plain, scale, dropout, causal);
    }
}
