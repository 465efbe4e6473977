using SafeTune.Data;
using SafeTune.Torch;
using static SafeTune.Torch.Scalars;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SafeTune.Models;

/// <summary>The losses of the heads, as Hugging Face's models compute them: means, in float32.</summary>
internal static class Losses
{
    /// <summary>Cross-entropy of classes, or the squared error of a number.</summary>
    /// <param name="logits">[batch, labels].</param>
    /// <param name="labels">[batch]; null = no loss.</param>
    /// <param name="head">What is predicted.</param>
    public static Tensor? OfLabels(Tensor logits, Tensor? labels, HeadOptions head)
    {
        if (labels is null) return null;
        if (head.Task != TaskKind.Regression) return functional.cross_entropy(logits, labels);
        using var numbers = logits.squeeze(-1);
        return functional.mse_loss(numbers, labels);
    }

    /// <summary>Mean of the cross-entropies of start and end; a position outside the sequence counts nothing.</summary>
    /// <param name="logits">[batch, seq, 2].</param>
    /// <param name="spans">[batch, 2], int64: first and last token of the answer; null = no loss.</param>
    public static Tensor? OfSpans(Tensor logits, Tensor? spans)
    {
        if (spans is null) return null;
        using var scope = NewDisposeScope();
        var length = logits.shape[1];
        var inside = spans.clamp(Kept(0), Kept(length));
        Tensor Of(long column) => functional.cross_entropy(logits.select(-1, column), inside.select(-1, column), ignore_index: length);
        return Of(0).Plus(Of(1)).Over(2).MoveToOuterDisposeScope();
    }

    /// <summary>Traces <see cref="OfSpans"/>.</summary>
    public static FakeTensor TraceSpans(FakeTensor logits)
    {
        using var scope = logits.Tape.Scope();
        FakeTensor Of() => logits.Part(logits.Shape[0], logits.Shape[1]).CrossEntropy();
        return logits.Tape.Keep(Of().Plus(Of()).Scaled());
    }

    /// <summary>Cross-entropy of masked tokens.</summary>
    /// <param name="logits">[masked, vocabulary].</param>
    /// <param name="tokens">[masked], int64: what stood there.</param>
    public static Tensor OfMasked(Tensor logits, Tensor tokens)
    {
        using var scope = NewDisposeScope();
        return functional.cross_entropy(logits.to(ScalarType.Float32), tokens).MoveToOuterDisposeScope();
    }

    /// <summary>Cross-entropy of every token given those before it.</summary>
    /// <param name="logits">[batch, seq, vocabulary].</param>
    /// <param name="labels">[batch, seq], int64: the tokens themselves, -100 where none is to be predicted (prompt, padding); null = no loss.</param>
    public static Tensor? OfNextTokens(Tensor logits, Tensor? labels)
    {
        if (labels is null) return null;
        using var scope = NewDisposeScope();
        // The labels move, not the logits, which would be copied.
        var next = functional.pad(labels, (0, 1), value: -100).narrow(1, 1, labels.shape[1]).flatten();
        var flat = logits.view(-1, logits.shape[^1]);
        if (flat.dtype != ScalarType.Float32) flat = flat.to(ScalarType.Float32);
        return functional.cross_entropy(flat, next, ignore_index: -100).MoveToOuterDisposeScope();
    }

    /// <summary>Traces <see cref="OfNextTokens"/>.</summary>
    public static FakeTensor TraceNextTokens(FakeTensor logits)
    {
        using var scope = logits.Tape.Scope();
        var next = logits.Tape.Tensor(sizeof(long), logits.Rows);
        return logits.Tape.Keep(logits.View(logits.Rows, logits.Features).CrossEntropy(next));
    }
}
