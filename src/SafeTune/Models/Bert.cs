using SafeTune.Batching;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SafeTune.Models;

/// <summary>BERT with a head for classification or regression (Devlin et al. 2019), as Hugging Face's BertForSequenceClassification.</summary>
public sealed class Bert : Transformer
{
    private readonly BertEmbeddings embeddings;
    private readonly BertBlock[] blocks;
    private readonly Projection pooler, classifier;
    private readonly Dropout dropout;
    private readonly HeadOptions head;

    /// <summary>Builds the parts; no weight is allocated yet.</summary>
    public Bert(BertConfig config, HeadOptions head)
    {
        (Config, this.head) = (config, head);
        embeddings = Register("bert.embeddings", new BertEmbeddings(config));
        blocks = [.. Enumerable.Range(0, config.Layers).Select(i => Register($"bert.encoder.layer.{i}", new BertBlock(config)))];
        pooler = Register("bert.pooler.dense", new Projection(config.HiddenSize, config.HiddenSize));
        dropout = Register("dropout", new Dropout(config.ClassifierDropout ?? config.HiddenDropout));
        classifier = Register("classifier", new Projection(config.HiddenSize, head.Labels));
    }

    /// <summary>The sizes.</summary>
    public BertConfig Config { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<Block> Blocks => blocks;

    /// <inheritdoc/>
    public override IEnumerable<(string Path, Weight Weight)> HeadWeights => classifier.NamedWeights().Select(entry => ($"classifier.{entry.Path}", entry.Weight));

    /// <inheritdoc/>
    public override bool EmbeddingsTrain => embeddings.NamedWeights().Any(entry => entry.Weight.Trains);

    /// <inheritdoc/>
    public override BlockContext Context(Batch batch)
    {
        using var scope = NewDisposeScope();
        var padding = batch.AttentionMask.eq(0).view(batch.Size, 1, 1, batch.Length);
        return new BlockContext(zeros(padding.shape, ScalarType.Float32, padding.device).masked_fill_(padding, float.MinValue).MoveToOuterDisposeScope());
    }

    /// <inheritdoc/>
    public override Tensor Embed(Batch batch) => embeddings.Forward(batch.InputIds, batch.TokenTypes);

    /// <inheritdoc/>
    public override ModelOutput Head(Tensor hidden, Batch batch)
    {
        using var scope = NewDisposeScope();
        var pooled = pooler.Forward(hidden.select(1, 0)).tanh();                        // [batch, hidden], from [CLS]
        var logits = classifier.Forward(dropout.Forward(pooled));                       // [batch, labels]
        var loss = batch.Labels is not { } labels ? null
            : head.IsRegression ? functional.mse_loss(logits.squeeze(-1), labels)
            : functional.cross_entropy(logits, labels);
        return new ModelOutput(logits.MoveToOuterDisposeScope(), loss?.MoveToOuterDisposeScope());
    }
}

/// <summary>Words, positions and segments, summed and normalised.</summary>
public sealed class BertEmbeddings : Component
{
    private readonly Embedding words, positions, types;
    private readonly LayerNorm norm;
    private readonly Dropout dropout;

    /// <summary>Tables of the sizes in <paramref name="c"/>.</summary>
    public BertEmbeddings(BertConfig c)
    {
        words = Register("word_embeddings", new Embedding(c.VocabSize, c.HiddenSize));
        positions = Register("position_embeddings", new Embedding(c.MaxPositions, c.HiddenSize));
        types = Register("token_type_embeddings", new Embedding(c.TypeVocabSize, c.HiddenSize));
        norm = Register("LayerNorm", new LayerNorm(c.HiddenSize, c.LayerNormEps));
        dropout = Register("dropout", new Dropout(c.HiddenDropout));
    }

    /// <summary>Ids and segment numbers, [batch, seq], to [batch, seq, hidden].</summary>
    public Tensor Forward(Tensor ids, Tensor segments)
    {
        using var order = arange(ids.shape[1], ScalarType.Int64, ids.device);
        using var place = positions.Forward(order);                                     // [seq, hidden]
        using var segment = types.Forward(segments);
        using var sum = words.Forward(ids).add_(place).add_(segment);
        using var normalised = norm.Forward(sum);
        return dropout.Forward(normalised);
    }
}

/// <summary>One encoder block of BERT (Devlin et al. 2019, section 3): attention and feed-forward, each with dropout, residual and LayerNorm after.</summary>
public sealed class BertBlock : Block
{
    private readonly BertAttention attention;
    private readonly Projection up, down;
    private readonly LayerNorm norm;
    private readonly Dropout dropout;

    /// <summary>A block of the sizes in <paramref name="c"/>.</summary>
    public BertBlock(BertConfig c)
    {
        attention = Register("attention", new BertAttention(c));
        up = Register("intermediate.dense", new Projection(c.HiddenSize, c.IntermediateSize));
        down = Register("output.dense", new Projection(c.IntermediateSize, c.HiddenSize));
        norm = Register("output.LayerNorm", new LayerNorm(c.HiddenSize, c.LayerNormEps));
        dropout = Register("output.dropout", new Dropout(c.HiddenDropout));
    }

    /// <inheritdoc/>
    public override Tensor Forward(Tensor x, BlockContext context)
    {
        using var a = attention.Forward(x, context.Mask);                               // [batch, seq, hidden]
        using var wide = up.Forward(a);                                                 // [batch, seq, intermediate]
        using var active = wide.gelu();                                                 // the erf form, as BERT's
        using var f = down.Forward(active);
        using var sum = dropout.Forward(f).add_(a);
        return norm.Forward(sum);
    }
}

/// <summary>BERT's multi-head self-attention with its output projection, residual and LayerNorm.</summary>
public sealed class BertAttention : Component
{
    private readonly Projection query, key, value, output;
    private readonly LayerNorm norm;
    private readonly Dropout probabilities, dropout;
    private readonly int heads;

    /// <summary>Attention of the sizes in <paramref name="c"/>.</summary>
    public BertAttention(BertConfig c)
    {
        heads = c.Heads;
        query = Register("self.query", new Projection(c.HiddenSize, c.HiddenSize));
        key = Register("self.key", new Projection(c.HiddenSize, c.HiddenSize));
        value = Register("self.value", new Projection(c.HiddenSize, c.HiddenSize));
        probabilities = Register("self.dropout", new Dropout(c.AttentionDropout));
        output = Register("output.dense", new Projection(c.HiddenSize, c.HiddenSize));
        norm = Register("output.LayerNorm", new LayerNorm(c.HiddenSize, c.LayerNormEps));
        dropout = Register("output.dropout", new Dropout(c.HiddenDropout));
    }

    /// <summary>[batch, seq, hidden] to [batch, seq, hidden]; <paramref name="mask"/> as in <see cref="BlockContext"/>.</summary>
    public Tensor Forward(Tensor x, Tensor mask)
    {
        using var q = Heads(query.Forward(x));
        using var k = Heads(key.Forward(x));
        using var v = Heads(value.Forward(x));
        using var context = Attention.Run(q, k, v, mask, probabilities);
        using var merged = context.transpose(1, 2).flatten(2);                          // [batch, seq, hidden]
        using var o = output.Forward(merged);
        using var sum = dropout.Forward(o).add_(x);
        return norm.Forward(sum);
    }

    private Tensor Heads(Tensor t)
    {
        using var projected = t;
        return t.view(t.shape[0], t.shape[1], heads, -1).transpose(1, 2);               // [batch, heads, seq, d]
    }
}
