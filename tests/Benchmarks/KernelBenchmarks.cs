using BenchmarkDotNet.Attributes;
using SafeTune.Adapters;
using SafeTune.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace SafeTune.Benchmarks;

/// <summary>Forward and backward of one layer at BERT-mini's sizes (batch 32, 128 tokens, hidden 384), composed of torch's operators and as one kernel.</summary>
[HideColumns("Error", "StdDev")]
public class KernelBenchmarks : IDisposable
{
    private const long Batch = 32, Seq = 128, Hidden = 384, Heads = 12;
    private readonly Dropout dropout = new(0.1);
    private readonly LayerNorm norm = new(Hidden, 1e-12);
    private readonly Activation gelu = new("gelu");
    private readonly Attention attention = new(0.1);
    private readonly Projection projection = new(Hidden, Hidden);
    private Tensor x = null!, f = null!, heads = null!;

    /// <summary>Whether the kernels run.</summary>
    [Params(false, true)]
    public bool Fused { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        x = randn(Batch, Seq, Hidden).requires_grad_();
        f = randn(Batch, Seq, Hidden).requires_grad_();
        heads = randn(Batch, Seq, Heads, Hidden / Heads).requires_grad_();
        foreach (var (_, weight) in projection.NamedWeights().Concat(norm.NamedWeights())) weight.Set(rand([.. weight.Shape]));
        var adapter = new Lora(new LoraOptions(), projection);
        foreach (var (_, weight) in adapter.NamedWeights()) weight.Trains = true;
        projection.Adapter = adapter;
        foreach (var part in new Component[] { dropout, norm, gelu, attention, projection })
        {
            part.Train();
            part.Use(Fused ? KernelOptions.All : KernelOptions.Composed);
        }
    }

    [GlobalCleanup]
    public void Dispose()
    {
        foreach (var part in new Component[] { dropout, norm, gelu, attention, projection }) part.Dispose();
        GC.SuppressFinalize(this);
    }

    [Benchmark]
    public void Dropout() => Backward(dropout.Forward(x));

    [Benchmark]
    public void ResidualAndNorm() => Backward(norm.Forward(f.alias(), x, dropout));

    [Benchmark]
    public void Gelu() => Backward(gelu.Forward(x));

    [Benchmark]
    public void SelfAttention()
    {
        using var q = heads.transpose(1, 2);
        Backward(attention.Forward(q, q, q, mask: null));
    }

    [Benchmark]
    public void ProjectionWithLora() => Backward(projection.Forward(x));

    private static void Backward(Tensor y)
    {
        using (y) y.sum().backward();
    }
}
