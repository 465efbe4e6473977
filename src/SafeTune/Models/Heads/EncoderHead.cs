using SafeTune.Batching;
using static TorchSharp.torch;

namespace SafeTune.Models;

/// <summary>What stands on an encoder's last hidden state.</summary>
internal abstract class EncoderHead : Component
{
    /// <summary>What is new with every task and trained with any method.</summary>
    public abstract IEnumerable<(string Path, Weight Weight)> Trained { get; }

    /// <summary>See <see cref="Transformer.Tied"/>.</summary>
    public virtual IReadOnlyDictionary<string, string> Tied => new Dictionary<string, string>();

    /// <summary>[batch, seq, hidden] to logits and, with labels, the loss.</summary>
    public abstract ModelOutput Forward(Tensor hidden, Batch batch);

    /// <summary>Traces <see cref="Forward"/>; see <see cref="Transformer.TraceHead"/>.</summary>
    public abstract FakeOutput Trace(FakeTensor hidden, InputShape input);

    /// <summary>The weights whose path begins with a name.</summary>
    protected IEnumerable<(string Path, Weight Weight)> Under(string name) => NamedWeights().Where(entry => entry.Path.StartsWith(name + ".", StringComparison.Ordinal));
}

/// <summary>Start and end of an answer, one number each for every token (Devlin et al. 2019, section 4.2).</summary>
internal sealed class SpanHead : EncoderHead
{
    private readonly Projection outputs;

    public SpanHead(long hiddenSize) => outputs = Register("qa_outputs", new Projection(hiddenSize, 2));

    public override IEnumerable<(string Path, Weight Weight)> Trained => NamedWeights();

    public override ModelOutput Forward(Tensor hidden, Batch batch)
    {
        var logits = outputs.Forward(hidden);                                           // [batch, seq, 2]
        return new ModelOutput(logits, Losses.OfSpans(logits, batch.Labels));
    }

    public override FakeOutput Trace(FakeTensor hidden, InputShape input)
    {
        var logits = outputs.Trace(hidden);
        return new FakeOutput(logits, Losses.TraceSpans(logits));
    }
}
