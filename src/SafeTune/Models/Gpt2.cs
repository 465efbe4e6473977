using System.Text.Json.Serialization;
using SafeTune.Batching;
using SafeTune.Data;
using SafeTune.Torch;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SafeTune.Models;

/// <summary>GPT-2's config.json.</summary>
public sealed record Gpt2Config : ModelConfig
{
    /// <summary>Rows of the word table.</summary>
    public long VocabSize { get; init; } = 50257;

    /// <summary>Features of a hidden state.</summary>
    [JsonPropertyName("n_embd")]
    public long HiddenSize { get; init; } = 768;

    /// <summary>Number of blocks.</summary>
    [JsonPropertyName("n_layer")]
    public int Layers { get; init; } = 12;

    /// <summary>Attention heads; must divide <see cref="HiddenSize"/>.</summary>
    [JsonPropertyName("n_head")]
    public int Heads { get; init; } = 12;

    /// <summary>Rows of the position table.</summary>
    [JsonPropertyName("n_positions")]
    public long MaxPositions { get; init; } = 1024;

    /// <summary>Features inside the feed-forward part; null = four times <see cref="HiddenSize"/>.</summary>
    [JsonPropertyName("n_inner")]
    public long? InnerSize { get; init; }

    /// <summary>The activation; one of <see cref="Activation.Known"/>.</summary>
    public string ActivationFunction { get; init; } = "gelu_new";

    /// <summary>LayerNorm's epsilon.</summary>
    public double LayerNormEpsilon { get; init; } = 1e-5;

    /// <summary>Dropout after the embeddings.</summary>
    [JsonPropertyName("embd_pdrop")]
    public double EmbeddingDropout { get; init; } = 0.1;

    /// <summary>Dropout on the attention probabilities.</summary>
    [JsonPropertyName("attn_pdrop")]
    public double AttentionDropout { get; init; } = 0.1;

    /// <summary>Dropout before each residual connection.</summary>
    [JsonPropertyName("resid_pdrop")]
    public double ResidualDropout { get; init; } = 0.1;

    /// <summary>Scores are divided by √d; must be true.</summary>
    public bool ScaleAttnWeights { get; init; } = true;

    /// <summary>Scores are divided by the block's number too; must be false.</summary>
    public bool ScaleAttnByInverseLayerIdx { get; init; }

    /// <summary>Attention to an encoder's output; must be false.</summary>
    public bool AddCrossAttention { get; init; }

    /// <summary>Whether the head is the word table itself.</summary>
    public bool TieWordEmbeddings { get; init; } = true;

    /// <inheritdoc/>
    public override string ModelType => "gpt2";

    /// <inheritdoc/>
    public override string Prefix => "transformer";

    /// <inheritdoc/>
    public override IReadOnlyList<(TaskKind Task, string Class)> Architectures => [(TaskKind.LanguageModelling, "GPT2LMHeadModel")];

    /// <summary>Queries, keys and values are one projection here, which peft adapts as a whole; <c>c_attn.q</c> and <c>c_attn.v</c> name its slices.</summary>
    public override IReadOnlyList<string> LoraTargets => ["c_attn"];

    /// <inheritdoc/>
    public override long? MaxTokens => MaxPositions;

    /// <inheritdoc/>
    public override long? Vocabulary => VocabSize;

    /// <inheritdoc/>
    public override long Width => HiddenSize;

    // Causal masks that old files carry.
    internal override bool LeavesOut(string name) => name.EndsWith(".attn.bias", StringComparison.Ordinal) || name.EndsWith(".attn.masked_bias", StringComparison.Ordinal);

    // Settings of heads that are not built here; a decoder it is in any case, and half precision is all that upcasting changes.
    internal override IReadOnlyList<string> Harmless =>
    [
        "is_decoder", "n_ctx", "reorder_and_upcast_attn", "classifier_dropout", "summary_activation", "summary_first_dropout", "summary_proj_to_labels", "summary_type", "summary_use_proj",
    ];

    // Other families' names for its own settings; transformers obeys the first four.
    internal override IReadOnlyList<ConfigRule> Rules =>
    [
        ConfigRule.Only("hidden_size", HiddenSize), ConfigRule.Only("num_hidden_layers", Layers), ConfigRule.Only("num_attention_heads", Heads), ConfigRule.Only("max_position_embeddings", MaxPositions),
        ConfigRule.Only("intermediate_size", InnerSize ?? 4 * HiddenSize), ConfigRule.Only("hidden_act", ActivationFunction), ConfigRule.Only("layer_norm_eps", LayerNormEpsilon),
        ConfigRule.Only("is_causal", true), .. ConfigRule.OfPlainHeads(HiddenSize / Heads, Heads),
    ];

    private protected override Transformer Create(HeadOptions head) => new Gpt2(this, head);

    private protected override void Check(Action<bool, string> require)
    {
        RequireActivation(require, "activation_function", ActivationFunction);
        require(ScaleAttnWeights && !ScaleAttnByInverseLayerIdx, "scale_attn_weights must be true and scale_attn_by_inverse_layer_idx false; nothing else is known.");
        require(!AddCrossAttention, "add_cross_attention is true, and only models without it are known.");
        require(Layers is > 0 and <= 10_000 && Heads > 0 && HiddenSize > 0 && HiddenSize % Heads == 0, $"n_embd {HiddenSize}, n_head {Heads} and n_layer {Layers} must be positive, and the first divisible by the second.");
        require(VocabSize > 0 && MaxPositions > 0 && InnerSize is null or > 0, "vocab_size, n_positions and n_inner must be positive.");
        require(EmbeddingDropout is >= 0 and < 1 && AttentionDropout is >= 0 and < 1 && ResidualDropout is >= 0 and < 1, "dropout probabilities must be at least 0 and below 1.");
    }
}

/// <summary>GPT-2 (Radford et al. 2019) with its language-modelling head, usually the word table itself: Hugging Face's GPT2LMHeadModel.</summary>
public sealed class Gpt2 : Transformer
{
    private readonly Embedding words, positions;
    private readonly Dropout dropout;
    private readonly Gpt2Block[] blocks;
    private readonly LayerNorm norm;
    private readonly Projection? head;

    /// <summary>Builds the parts; no weight is allocated yet.</summary>
    public Gpt2(Gpt2Config config, HeadOptions head)
    {
        (Config, HeadOptions) = (config, head);
        words = Register("transformer.wte", new Embedding(config.VocabSize, config.HiddenSize));
        positions = Register("transformer.wpe", new Embedding(config.MaxPositions, config.HiddenSize));
        dropout = Register("transformer.drop", new Dropout(config.EmbeddingDropout));
        blocks = [.. Enumerable.Range(0, config.Layers).Select(i => Register($"transformer.h.{i}", new Gpt2Block(config, i)))];
        norm = Register("transformer.ln_f", new LayerNorm(config.HiddenSize, config.LayerNormEpsilon));
        if (!config.TieWordEmbeddings) this.head = Register("lm_head", new Projection(config.HiddenSize, config.VocabSize, bias: false));
    }

    /// <inheritdoc/>
    public override Gpt2Config Config { get; }

    /// <inheritdoc/>
    public override HeadOptions HeadOptions { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<Block> Blocks => blocks;

    /// <inheritdoc/>
    public override IEnumerable<(string Path, Weight Weight)> HeadWeights =>
        HeadOptions.IsFresh && head is not null ? NamedWeights().Where(entry => entry.Path.StartsWith("lm_head.", StringComparison.Ordinal)) : [];

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, string> Tied =>
        Config.TieWordEmbeddings ? new Dictionary<string, string> { ["lm_head.weight"] = "transformer.wte.weight" } : base.Tied;

    /// <inheritdoc/>
    public override bool EmbeddingsTrain => words.Weight.Trains || positions.Weight.Trains;

    /// <inheritdoc/>
    public override BlockContext Context(Batch batch)
    {
        var (mask, isCausal) = Masks.Causal((TextBatch)batch, this);
        return new BlockContext(mask) { IsCausal = isCausal };
    }

    /// <inheritdoc/>
    public override Tensor Embed(Batch batch)
    {
        var text = (TextBatch)batch;
        using var order = text.Order();
        using var place = positions.Forward(order);                                     // [batch or 1, seq, hidden]
        using var sum = words.Forward(text.InputIds).Accumulate(place);
        return dropout.Forward(sum);
    }

    /// <inheritdoc/>
    public override Tensor? Reported(int block, Tensor hidden) => block == blocks.Length - 1 ? norm.Forward(hidden) : hidden.alias();

    /// <inheritdoc/>
    public override ModelOutput Head(Tensor hidden, Batch batch)
    {
        using var normalised = norm.Forward(hidden);
        var logits = head is null ? functional.linear(normalised, words.Weight.Value) : head.Forward(normalised);   // [batch, seq, vocabulary]
        return new ModelOutput(logits, Losses.OfNextTokens(logits, batch.Labels));
    }

    /// <inheritdoc/>
    public override FakeContext TraceContext(Tape tape, InputShape input) => new(input, [FakeContext.CausalMask(tape, input, Kernels)]);

    /// <inheritdoc/>
    public override FakeTensor TraceEmbedding(Tape tape, InputShape input)
    {
        using var order = tape.Tensor(sizeof(long), 1, input.Length);
        using var place = positions.Trace(order);
        using var sum = words.Trace(tape.OfBatch(input.Size, input.Length)).AddInPlace(place);
        return dropout.Trace(sum);
    }

    /// <inheritdoc/>
    public override FakeOutput TraceHead(FakeTensor hidden, InputShape input)
    {
        using var normalised = norm.Trace(hidden);
        var logits = head is null ? normalised.Linear(words.Weight) : head.Trace(normalised);
        return new FakeOutput(logits, Losses.TraceNextTokens(logits));
    }
}

/// <summary>One block of GPT-2: attention and feed-forward, each with LayerNorm before and a residual connection after.</summary>
public sealed class Gpt2Block : Block
{
    private readonly int index, heads;
    private readonly LayerNorm norm1, norm2;
    private readonly Projection projection, attended, up, down;
    private readonly Attention attention;
    private readonly Activation activation;
    private readonly Residual afterAttention, afterFeedForward;

    /// <summary>Block number <paramref name="index"/> of the sizes in <paramref name="c"/>.</summary>
    public Gpt2Block(Gpt2Config c, int index)
    {
        (this.index, heads) = (index, c.Heads);
        var (hidden, inner) = (c.HiddenSize, c.InnerSize ?? 4 * c.HiddenSize);
        norm1 = Register("ln_1", new LayerNorm(hidden, c.LayerNormEpsilon));
        projection = Register("attn.c_attn", new Projection(hidden, 3 * hidden, inputFirst: true) { Slices = ["q", "k", "v"] });
        attention = Register("attn", new Attention(c.AttentionDropout));
        attended = Register("attn.c_proj", new Projection(hidden, hidden, inputFirst: true));
        afterAttention = Register("attention_adapters", new Residual(hidden, c.ResidualDropout));
        norm2 = Register("ln_2", new LayerNorm(hidden, c.LayerNormEpsilon));
        up = Register("mlp.c_fc", new Projection(hidden, inner, inputFirst: true));
        activation = Register("mlp.act", new Activation(c.ActivationFunction));
        down = Register("mlp.c_proj", new Projection(inner, hidden, inputFirst: true));
        afterFeedForward = Register("output_adapters", new Residual(hidden, c.ResidualDropout));
    }

    /// <inheritdoc/>
    public override Tensor Forward(Tensor x, BlockContext context)
    {
        using var a = Attend(x, context);
        using var y = afterAttention.Forward(a, x);                                     // [batch, seq, hidden]
        using var normalised = norm2.Forward(y);
        using var wide = up.Forward(normalised);                                        // [batch, seq, inner]
        using var active = activation.Forward(wide);
        using var f = down.Forward(active);
        return afterFeedForward.Forward(f, y);
    }

    /// <inheritdoc/>
    public override FakeTensor Trace(FakeTensor x, FakeContext context)
    {
        using var a = Attend(x, context);
        using var y = afterAttention.Trace(a, x);
        using var normalised = norm2.Trace(y);
        using var wide = up.Trace(normalised);
        using var active = activation.Trace(wide);
        using var f = down.Trace(active);
        return afterFeedForward.Trace(f, y);
    }

    private Tensor Attend(Tensor x, BlockContext context)
    {
        using var scope = NewDisposeScope();
        var qkv = projection.Forward(norm1.Forward(x));                                  // [batch, seq, 3 · hidden]
        var hidden = x.shape[^1];
        Tensor Slice(int number) => Attention.Split(qkv.narrow(2, number * hidden, hidden), heads);
        var (q, k, v) = (Slice(0), Slice(1), Slice(2));                                 // [batch, heads, seq, d]
        if (context.Cache is { } cache) (k, v) = cache.Append(index, k, v);
        var merged = Attention.Merge(attention.Forward(q, k, v, context.Mask, context.IsCausal));
        return attended.Forward(merged).MoveToOuterDisposeScope();
    }

    private FakeTensor Attend(FakeTensor x, FakeContext context)
    {
        using var scope = x.Tape.Scope();
        var qkv = projection.Trace(norm1.Trace(x));
        FakeTensor Slice() => Attention.Split(qkv.Part(x.Shape[0], x.Shape[1], x.Features), heads);
        var (q, k, v) = (Slice(), Slice(), Slice());
        var merged = Attention.Merge(attention.Trace(q, k, v, context.Mask));
        return x.Tape.Keep(attended.Trace(merged));
    }
}
