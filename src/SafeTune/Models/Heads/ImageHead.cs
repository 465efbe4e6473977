using SafeTune.Batching;
using static TorchSharp.torch;

namespace SafeTune.Models;

/// <summary>The norm at the end of a vision transformer, one vector for the whole image, and a classifier on it.</summary>
internal sealed class ImageHead : EncoderHead
{
    private readonly LayerNorm norm;
    private readonly Projection classifier;
    private readonly HeadOptions options;
    private readonly bool onFirst;

    /// <param name="prefix">Of the norm's name.</param>
    /// <param name="width">Features of the last hidden state.</param>
    /// <param name="eps">The norm's.</param>
    /// <param name="head">What is predicted.</param>
    /// <param name="onFirst">The vector is the first token's (ViT); otherwise the mean over all (Swin).</param>
    public ImageHead(string prefix, long width, double eps, HeadOptions head, bool onFirst)
    {
        (options, this.onFirst) = (head, onFirst);
        norm = Register($"{prefix}.layernorm", new LayerNorm(width, eps));
        classifier = Register("classifier", new Projection(width, head.Labels));
    }

    public override IEnumerable<(string Path, Weight Weight)> Trained => Under("classifier");

    /// <summary>[batch, seq, hidden], after the norm.</summary>
    public Tensor Normalised(Tensor hidden) => norm.Forward(hidden);

    public override ModelOutput Forward(Tensor hidden, Batch batch)
    {
        using var scope = NewDisposeScope();
        var pooled = onFirst ? norm.Forward(hidden.select(1, 0)) : norm.Forward(hidden).mean([1]);  // [batch, hidden]
        var logits = classifier.Forward(pooled);                                        // [batch, labels]
        var loss = Losses.OfLabels(logits, batch.Labels, options);
        return new ModelOutput(logits.MoveToOuterDisposeScope(), loss?.MoveToOuterDisposeScope());
    }

    public override FakeOutput Trace(FakeTensor hidden, InputShape input)
    {
        using var scope = hidden.Tape.Scope();
        long[] one = [input.Size, hidden.Features];
        var pooled = onFirst ? norm.Trace(hidden.Part(one)) : norm.Trace(hidden).Mean(one);
        var logits = classifier.Trace(pooled);
        return new FakeOutput(hidden.Tape.Keep(logits), hidden.Tape.Keep(logits.CrossEntropy()));
    }
}
