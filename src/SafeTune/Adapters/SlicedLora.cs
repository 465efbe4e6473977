using SafeTune.Models;
using TorchSharp;
using static SafeTune.Torch.Scalars;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SafeTune.Adapters;

/// <summary>Low-rank adaptation of some slices of a projection that makes several outputs at once, as loralib's MergedLinear: GPT-2's queries and values, its keys left alone.</summary>
public sealed class SlicedLora : Component, IProjectionAdapter
{
    private readonly (long Start, Weight A, Weight B)[] slices;
    private readonly Dropout dropout;
    private readonly double scale;
    private readonly long size, outFeatures;

    /// <summary>An adapter that adds nothing at first, with a pair of matrices for each slice.</summary>
    /// <param name="options">LoRA's settings; every slice has the full rank.</param>
    /// <param name="target">The projection.</param>
    /// <param name="names">Of <see cref="Projection.Slices"/>.</param>
    public SlicedLora(LoraOptions options, Projection target, IReadOnlyList<string> names)
    {
        options.Check();
        var all = target.Slices!;
        outFeatures = target.OutFeatures;
        size = outFeatures / all.Count;
        slices = [.. Enumerable.Range(0, all.Count).Where(i => names.Contains(all[i])).Select(i => (
            i * size, Register(new Weight($"lora_A.{all[i]}", options.Rank, target.InFeatures)), Register(new Weight($"lora_B.{all[i]}", size, options.Rank))))];
        dropout = Register("lora_dropout", new Dropout(options.Dropout));
        scale = options.Alpha / options.Rank;
        if (!target.Weight.IsLoaded) return;
        foreach (var (_, a, b) in slices) Lora.Initialise(a, b, target.Weight.Value.device);
    }

    /// <inheritdoc/>
    public bool Enabled { get; set; } = true;

    /// <summary>How many slices are adapted.</summary>
    internal int Count => slices.Length;

    /// <inheritdoc/>
    public Tensor AddTo(Tensor y, Tensor x)
    {
        using var input = x.to(ScalarType.Float32);
        using var kept = dropout.Forward(input);
        foreach (var (start, a, b) in slices)
        {
            using var low = functional.linear(kept, a.Value);                           // [batch, seq, r]
            using var high = functional.linear(low, b.Value);                           // [batch, seq, size]
            using var added = high.to(y.dtype);
            using var slice = y.narrow(-1, start, size);
            slice.add_(added, Kept(scale));
        }

        return y;
    }

    /// <inheritdoc/>
    public FakeTensor Trace(FakeTensor y, FakeTensor x)
    {
        using var kept = dropout.Trace(x);
        foreach (var (_, a, b) in slices)
        {
            using var low = kept.Linear(a);
            using var high = low.Linear(b);
            using var slice = y.Part([.. y.Shape.SkipLast(1), size]);
            slice.AddInPlace(high, scaled: scale != 1);
        }

        return y;
    }

    /// <inheritdoc/>
    public Tensor Delta()
    {
        using var off = no_grad();
        var (a, b) = Whole();
        using (a) using (b) return b.mm(a).mul_(Kept(scale));
    }

    /// <summary>The same adapter as one pair of matrices for the whole projection: A's stacked, B's on a diagonal of blocks, the rank multiplied by the number of slices.</summary>
    internal (Tensor A, Tensor B) Whole()
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        var rank = slices[0].A.Shape[0];
        var a = cat([.. slices.Select(slice => slice.A.Value.detach())], 0);
        var b = zeros([outFeatures, rank * slices.Length], ScalarType.Float32, a.device);
        for (var i = 0; i < slices.Length; i++) b.narrow(0, slices[i].Start, size).narrow(1, i * rank, rank).copy_(slices[i].B.Value);
        return (a.MoveToOuterDisposeScope(), b.MoveToOuterDisposeScope());
    }
}
