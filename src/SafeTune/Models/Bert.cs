using System.Text.Json.Serialization;
using SafeTune.Batching;
using SafeTune.Data;
using SafeTune.Torch;
using static SafeTune.Torch.Scalars;
using static TorchSharp.torch;

namespace SafeTune.Models;

/// <summary>BERT's config.json; RoBERTa's has the same keys.</summary>
public record BertConfig : ModelConfig
{
    /// <summary>Rows of the word table.</summary>
    public long VocabSize { get; init; } = 30522;

    /// <summary>Features of a hidden state.</summary>
    public long HiddenSize { get; init; } = 768;

    /// <summary>Number of blocks.</summary>
    [JsonPropertyName("num_hidden_layers")]
    public int Layers { get; init; } = 12;

    /// <summary>Attention heads; must divide <see cref="HiddenSize"/>.</summary>
    [JsonPropertyName("num_attention_heads")]
    public int Heads { get; init; } = 12;

    /// <summary>Features inside the feed-forward part.</summary>
    public long IntermediateSize { get; init; } = 3072;

    /// <summary>Rows of the position table.</summary>
    [JsonPropertyName("max_position_embeddings")]
    public long MaxPositions { get; init; } = 512;

    /// <summary>Rows of the segment table.</summary>
    public long TypeVocabSize { get; init; } = 2;

    /// <summary>LayerNorm's epsilon.</summary>
    public double LayerNormEps { get; init; } = 1e-12;

    /// <summary>Dropout after the embeddings, the attention and the feed-forward part.</summary>
    [JsonPropertyName("hidden_dropout_prob")]
    public double HiddenDropout { get; init; } = 0.1;

    /// <summary>Dropout on the attention probabilities.</summary>
    [JsonPropertyName("attention_probs_dropout_prob")]
    public double AttentionDropout { get; init; } = 0.1;

    /// <summary>Dropout before the classifier; null = <see cref="HiddenDropout"/>.</summary>
    public double? ClassifierDropout { get; init; }

    /// <summary>Whether masked tokens are predicted by the word table itself.</summary>
    public bool TieWordEmbeddings { get; init; } = true;

    /// <summary>The activation; one of <see cref="Activation.Known"/>.</summary>
    public string HiddenAct { get; init; } = "gelu";

    /// <summary><c>absolute</c>; nothing else is known.</summary>
    public string PositionEmbeddingType { get; init; } = "absolute";

    /// <inheritdoc/>
    public override string ModelType => "bert";

    /// <inheritdoc/>
    public override string Prefix => "bert";

    /// <inheritdoc/>
    public override IReadOnlyList<(TaskKind Task, string Class)> Architectures =>
    [
        (TaskKind.Classification, "BertForSequenceClassification"), (TaskKind.Regression, "BertForSequenceClassification"), (TaskKind.QuestionAnswering, "BertForQuestionAnswering"),
        (TaskKind.MaskedLanguageModelling, "BertForMaskedLM"),
    ];

    /// <inheritdoc/>
    public override IReadOnlyList<string> LoraTargets => ["query", "value"];

    /// <inheritdoc/>
    public override long? MaxTokens => MaxPositions;

    /// <inheritdoc/>
    public override long? Vocabulary => VocabSize;

    /// <inheritdoc/>
    public override long Width => HiddenSize;

    // A buffer that old files carry, and the pooler, which not every head uses.
    internal override bool LeavesOut(string name) => name.EndsWith("embeddings.position_ids", StringComparison.Ordinal) || name.StartsWith($"{Prefix}.pooler.", StringComparison.Ordinal);

    internal override string? Pooler => $"{Prefix}.pooler.dense";

    // The pooler's own settings of BERT's first release, which nothing has ever read.
    internal override IReadOnlyList<string> Harmless => ["directionality", "pooler_fc_size", "pooler_num_attention_heads", "pooler_num_fc_layers", "pooler_size_per_head", "pooler_type"];

    internal override IReadOnlyList<ConfigRule> Rules =>
        [.. ConfigRule.OfPlainHeads(HiddenSize / Heads, Heads), ConfigRule.Only("activation_function", HiddenAct), ConfigRule.Only("layer_norm_epsilon", LayerNormEps), ConfigRule.Only("is_causal", false)];

    internal override string Modern(string name) =>
        name.Replace("LayerNorm.gamma", "LayerNorm.weight", StringComparison.Ordinal).Replace("LayerNorm.beta", "LayerNorm.bias", StringComparison.Ordinal);

    private protected override Transformer Create(HeadOptions head) => new Bert(this, head);

    private protected override void Check(Action<bool, string> require)
    {
        RequireActivation(require, "hidden_act", HiddenAct);
        require(PositionEmbeddingType == "absolute", $"position_embedding_type is '{PositionEmbeddingType}', and only 'absolute' is known.");
        require(Layers is > 0 and <= 10_000 && Heads > 0 && HiddenSize > 0 && HiddenSize % Heads == 0,
            $"hidden_size {HiddenSize}, num_attention_heads {Heads} and num_hidden_layers {Layers} must be positive, and the first divisible by the second.");
        require(VocabSize > 0 && IntermediateSize > 0 && MaxPositions > 0 && TypeVocabSize > 0, "vocab_size, intermediate_size, max_position_embeddings and type_vocab_size must be positive.");
        require(HiddenDropout is >= 0 and < 1 && AttentionDropout is >= 0 and < 1 && ClassifierDropout is null or (>= 0 and < 1), "dropout probabilities must be at least 0 and below 1.");
    }
}

/// <summary>BERT (Devlin et al. 2019) with a head for classification, regression, question answering or masked tokens, as Hugging Face's BertFor… classes.</summary>
public sealed class Bert : Transformer
{
    private readonly BertEmbeddings embeddings;
    private readonly BertBlock[] blocks;
    private readonly EncoderHead head;

    /// <summary>Builds the parts; no weight is allocated yet.</summary>
    public Bert(BertConfig config, HeadOptions head)
    {
        (Config, HeadOptions) = (config, head);
        embeddings = Register("bert.embeddings", new BertEmbeddings(config));
        blocks = [.. Enumerable.Range(0, config.Layers).Select(i => Register($"bert.encoder.layer.{i}", new BertBlock(config)))];
        this.head = Register<EncoderHead>("", head.Task switch
        {
            TaskKind.QuestionAnswering => new SpanHead(config.HiddenSize),
            TaskKind.MaskedLanguageModelling => new MaskedHead(config, head.IsFresh, embeddings.Words, "cls.predictions.transform.dense", "cls.predictions.transform.LayerNorm", "cls.predictions", config.HiddenAct, "bert.pooler.dense"),
            _ => new PooledHead(config, head),
        });
    }

    /// <inheritdoc/>
    public override BertConfig Config { get; }

    /// <inheritdoc/>
    public override HeadOptions HeadOptions { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<Block> Blocks => blocks;

    /// <inheritdoc/>
    public override IEnumerable<(string Path, Weight Weight)> HeadWeights => head.Trained;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, string> Tied => head.Tied;

    /// <inheritdoc/>
    public override bool EmbeddingsTrain => embeddings.Trains;

    /// <inheritdoc/>
    public override BlockContext Context(Batch batch) => new(Masks.Padding((TextBatch)batch, Dtype));

    /// <inheritdoc/>
    public override Tensor Embed(Batch batch)
    {
        var text = (TextBatch)batch;
        using var positions = Range(0, text.Length, text.InputIds.device);
        return embeddings.Forward(text.InputIds, text.TokenTypes, positions);
    }

    /// <inheritdoc/>
    public override ModelOutput Head(Tensor hidden, Batch batch) => head.Forward(hidden, batch);

    /// <inheritdoc/>
    public override FakeContext TraceContext(Tape tape, InputShape input) => FakeContext.OfPadding(tape, input);

    /// <inheritdoc/>
    public override FakeTensor TraceEmbedding(Tape tape, InputShape input)
    {
        using var positions = tape.Tensor(sizeof(long), input.Length);
        return embeddings.Trace(tape.OfBatch(input.Size, input.Length), tape.OfBatch(input.Size, input.Length), positions);
    }

    /// <inheritdoc/>
    public override FakeOutput TraceHead(FakeTensor hidden, InputShape input) => head.Trace(hidden, input);

    /// <summary>The pooler on [CLS], pre-trained where the file has one, then a classifier: BertForSequenceClassification's.</summary>
    private sealed class PooledHead : EncoderHead
    {
        private readonly Projection pooler, classifier;
        private readonly Dropout dropout;
        private readonly HeadOptions options;

        public PooledHead(BertConfig config, HeadOptions head)
        {
            options = head;
            pooler = Register("bert.pooler.dense", new Projection(config.HiddenSize, config.HiddenSize));
            dropout = Register("dropout", new Dropout(config.ClassifierDropout ?? config.HiddenDropout));
            classifier = Register("classifier", new Projection(config.HiddenSize, head.Labels));
        }

        public override IEnumerable<(string Path, Weight Weight)> Trained => options.TrainsPooler ? NamedWeights() : Under("classifier");

        public override ModelOutput Forward(Tensor hidden, Batch batch)
        {
            using var scope = NewDisposeScope();
            var pooled = pooler.Forward(hidden.select(1, 0)).tanh();                    // [batch, hidden], from [CLS]
            var logits = classifier.Forward(dropout.Forward(pooled));                   // [batch, labels]
            var loss = Losses.OfLabels(logits, batch.Labels, options);
            return new ModelOutput(logits.MoveToOuterDisposeScope(), loss?.MoveToOuterDisposeScope());
        }

        public override FakeOutput Trace(FakeTensor hidden, InputShape input)
        {
            using var scope = hidden.Tape.Scope();
            var pooled = pooler.Trace(hidden.Part(input.Size, hidden.Features)).KeepingOutput();
            var logits = classifier.Trace(dropout.Trace(pooled));
            return new FakeOutput(hidden.Tape.Keep(logits), hidden.Tape.Keep(logits.CrossEntropy()));
        }
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

    /// <summary>The word table.</summary>
    public Embedding Words => words;

    /// <summary>To [batch, seq, hidden].</summary>
    /// <param name="ids">[batch, seq].</param>
    /// <param name="segments">[batch, seq].</param>
    /// <param name="order">[seq] or [batch, seq]: rows of the position table.</param>
    public Tensor Forward(Tensor ids, Tensor segments, Tensor order)
    {
        using var place = positions.Forward(order);                                     // [seq, hidden]
        using var segment = types.Forward(segments);
        using var sum = words.Forward(ids).Accumulate(place).Accumulate(segment);
        using var normalised = norm.Forward(sum);
        return dropout.Forward(normalised);
    }

    /// <summary>Traces <see cref="Forward"/>.</summary>
    public FakeTensor Trace(FakeTensor ids, FakeTensor segments, FakeTensor order)
    {
        using var place = positions.Trace(order);
        using var segment = types.Trace(segments);
        using var sum = words.Trace(ids).AddInPlace(place).AddInPlace(segment);
        using var normalised = norm.Trace(sum);
        return dropout.Trace(normalised);
    }
}

/// <summary>One encoder block of BERT (Devlin et al. 2019, section 3): attention and feed-forward, each with dropout, residual and LayerNorm after.</summary>
public sealed class BertBlock : Block
{
    private readonly BertAttention attention;
    private readonly Projection up, down;
    private readonly Activation activation;
    private readonly Residual output;

    /// <summary>A block of the sizes in <paramref name="c"/>.</summary>
    public BertBlock(BertConfig c)
    {
        attention = Register("attention", new BertAttention(c));
        up = Register("intermediate.dense", new Projection(c.HiddenSize, c.IntermediateSize));
        activation = Register("intermediate", new Activation(c.HiddenAct));
        down = Register("output.dense", new Projection(c.IntermediateSize, c.HiddenSize));
        output = Register("output", new Residual(c.HiddenSize, c.HiddenDropout, c.LayerNormEps));
    }

    /// <inheritdoc/>
    public override IReadOnlyList<PrunableGroups> Prunable => [attention.Heads, new("channels", [up], down, 1)];

    /// <inheritdoc/>
    public override Tensor Forward(Tensor x, BlockContext context)
    {
        using var a = attention.Forward(x, context.Mask);                               // [batch, seq, hidden]
        using var wide = up.Forward(a);                                                 // [batch, seq, intermediate]
        using var active = activation.Forward(wide);
        using var f = down.Forward(active);
        return output.Forward(f, a);
    }

    /// <inheritdoc/>
    public override FakeTensor Trace(FakeTensor x, FakeContext context)
    {
        using var a = attention.Trace(x, context.Mask);
        using var wide = up.Trace(a);
        using var active = activation.Trace(wide);
        using var f = down.Trace(active);
        return output.Trace(f, a);
    }
}

/// <summary>BERT's multi-head self-attention with its output projection, residual and LayerNorm.</summary>
public sealed class BertAttention : Component
{
    private readonly Projection query, key, value, dense;
    private readonly Residual output;
    private readonly Attention attention;
    private readonly long headSize;

    /// <summary>Attention of the sizes in <paramref name="c"/>.</summary>
    public BertAttention(BertConfig c)
    {
        headSize = c.HiddenSize / c.Heads;
        query = Register("self.query", new Projection(c.HiddenSize, c.HiddenSize));
        key = Register("self.key", new Projection(c.HiddenSize, c.HiddenSize));
        value = Register("self.value", new Projection(c.HiddenSize, c.HiddenSize));
        attention = Register("self", new Attention(c.AttentionDropout));
        dense = Register("output.dense", new Projection(c.HiddenSize, c.HiddenSize));
        output = Register("output", new Residual(c.HiddenSize, c.HiddenDropout, c.LayerNormEps));
    }

    /// <summary>The heads.</summary>
    public PrunableGroups Heads => new("heads", [query, key, value], dense, headSize);

    /// <summary>[batch, seq, hidden] to [batch, seq, hidden]; <paramref name="mask"/> as in <see cref="BlockContext"/>.</summary>
    public Tensor Forward(Tensor x, Tensor? mask)
    {
        var heads = query.OutFeatures / headSize;
        var projected = Projection.Forward(x, query, key, value);
        using var q = Attention.Split(projected[0], heads);                             // [batch, heads, seq, d]
        using var k = Attention.Split(projected[1], heads);
        using var v = Attention.Split(projected[2], heads);
        using var context = attention.Forward(q, k, v, mask);
        using var merged = Attention.Merge(context);                                    // [batch, seq, hidden]
        using var f = dense.Forward(merged);
        return output.Forward(f, x);
    }

    /// <summary>Traces <see cref="Forward"/>.</summary>
    public FakeTensor Trace(FakeTensor x, FakeTensor? mask)
    {
        var heads = query.OutFeatures / headSize;
        var projected = Projection.Trace(x, query, key, value);
        using var q = Attention.Split(projected[0], heads);
        using var k = Attention.Split(projected[1], heads);
        using var v = Attention.Split(projected[2], heads);
        using var context = attention.Trace(q, k, v, mask);
        using var merged = Attention.Merge(context);
        using var f = dense.Trace(merged);
        return output.Trace(f, x);
    }
}
