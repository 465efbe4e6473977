using SafeTune.Batching;
using SafeTune.Torch;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SafeTune.Models;

/// <summary>
/// The head that encoders are pre-trained with: a layer of its own, then the word table, fills in masked tokens (Devlin et al. 2019, section 3.1; BertLMPredictionHead and RobertaLMHead).
/// BERT's also tells from [CLS] whether the second text follows the first, where the batch says so.
/// </summary>
internal sealed class MaskedHead : EncoderHead
{
    private readonly string predictions, table;
    private readonly Embedding words;
    private readonly Projection dense;
    private readonly LayerNorm norm;
    private readonly Activation activation;
    private readonly Projection? decoder, pooler, relationship;
    private readonly Weight bias;
    private readonly bool isFresh;

    /// <param name="config">The sizes.</param>
    /// <param name="isFresh">Whether it begins at random and trains with any method.</param>
    /// <param name="words">The model's word table, which is the decoder unless the configuration says otherwise.</param>
    /// <param name="dense">Name of the layer.</param>
    /// <param name="norm">Name of its LayerNorm.</param>
    /// <param name="predictions">What stands before the names of the decoder and its bias.</param>
    /// <param name="activation">After that layer.</param>
    /// <param name="pooler">The layer on [CLS], which tells whether the second text follows; null = there is none.</param>
    public MaskedHead(BertConfig config, bool isFresh, Embedding words, string dense, string norm, string predictions, string activation, string? pooler = null)
    {
        (this.isFresh, this.words, this.predictions, table) = (isFresh, words, predictions, $"{config.Prefix}.embeddings.word_embeddings.weight");
        this.dense = Register(dense, new Projection(config.HiddenSize, config.HiddenSize));
        this.activation = Register("", new Activation(activation));
        this.norm = Register(norm, new LayerNorm(config.HiddenSize, config.LayerNormEps));
        if (!config.TieWordEmbeddings) decoder = Register($"{predictions}.decoder", new Projection(config.HiddenSize, config.VocabSize, bias: false));
        bias = Register(new Weight($"{predictions}.bias", config.VocabSize) { Initial = 0 });
        if (pooler is null) return;
        this.pooler = Register(pooler, new Projection(config.HiddenSize, config.HiddenSize));
        relationship = Register("cls.seq_relationship", new Projection(config.HiddenSize, 2));
        foreach (var (_, weight) in this.pooler.NamedWeights().Concat(relationship.NamedWeights())) weight.IsOptional = true;
    }

    /// <summary>None where the head is pre-trained; else all but the table and what may be missing.</summary>
    public override IEnumerable<(string Path, Weight Weight)> Trained => isFresh ? NamedWeights().Where(entry => !entry.Weight.IsOptional) : [];

    public override IReadOnlyDictionary<string, string> Tied
    {
        get
        {
            var tied = new Dictionary<string, string> { [$"{predictions}.decoder.bias"] = bias.Name };
            if (decoder is null) tied[$"{predictions}.decoder.weight"] = table;
            return tied;
        }
    }

    public override ModelOutput Forward(Tensor hidden, Batch batch)
    {
        using var scope = NewDisposeScope();
        var places = ((TextBatch)batch).Masked;
        // Most tokens are given: logits of those would be six sevenths of the work.
        var read = places is null ? hidden : hidden.view(-1, hidden.shape[^1]).index_select(0, places);                   // [masked, hidden]
        var transformed = norm.Forward(activation.Forward(dense.Forward(read)));
        var logits = functional.linear(transformed, (decoder?.Weight ?? words.Weight).Value, bias.Value);                 // [masked, vocabulary]
        var loss = places is null || batch.Labels is not { } labels ? null : Losses.OfMasked(logits, labels.flatten().index_select(0, places));
        // Evaluation is of the masked tokens alone.
        if (Training && loss is not null && relationship is not null && ((TextBatch)batch).Follows is { } follows)
            loss = loss.Plus(functional.cross_entropy(relationship.Forward(pooler!.Forward(hidden.select(1, 0)).tanh()), follows, ignore_index: TextBatch.Ignored));
        return new ModelOutput(logits.MoveToOuterDisposeScope(), loss?.MoveToOuterDisposeScope());
    }

    public override FakeOutput Trace(FakeTensor hidden, InputShape input)
    {
        using var scope = hidden.Tape.Scope();
        var read = input.Masked == 0 ? hidden : hidden.Part(input.Masked, hidden.Features).Copy(input.Masked, hidden.Features);
        var transformed = norm.Trace(activation.Trace(dense.Trace(read)));
        var logits = transformed.Linear(decoder?.Weight ?? words.Weight, bias);
        return new FakeOutput(hidden.Tape.Keep(logits), hidden.Tape.Keep(logits.CrossEntropy()));
    }
}
