using System.Text.Json;
using System.Text.Json.Serialization;
using SafeTune.Batching;
using SafeTune.Data;
using SafeTune.Torch;
using static SafeTune.Torch.Scalars;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SafeTune.Models;

/// <summary>LLaMA's config.json.</summary>
public sealed record LlamaConfig : ModelConfig
{
    /// <summary>Rows of the word table.</summary>
    public long VocabSize { get; init; } = 32000;

    /// <summary>Features of a hidden state.</summary>
    public long HiddenSize { get; init; } = 4096;

    /// <summary>Features inside the feed-forward part.</summary>
    public long IntermediateSize { get; init; } = 11008;

    /// <summary>Number of blocks.</summary>
    [JsonPropertyName("num_hidden_layers")]
    public int Layers { get; init; } = 32;

    /// <summary>Heads of the queries.</summary>
    [JsonPropertyName("num_attention_heads")]
    public int Heads { get; init; } = 32;

    /// <summary>Heads of keys and values, each shared by a group of query heads; null = as many as query heads.</summary>
    [JsonPropertyName("num_key_value_heads")]
    public int? KeyValueHeads { get; init; }

    /// <summary>Features of a head; null = <see cref="HiddenSize"/> over <see cref="Heads"/>.</summary>
    [JsonPropertyName("head_dim")]
    public long? HeadSize { get; init; }

    /// <summary>The longest sequence, in tokens.</summary>
    [JsonPropertyName("max_position_embeddings")]
    public long MaxPositions { get; init; } = 2048;

    /// <summary>RMSNorm's epsilon.</summary>
    public double RmsNormEps { get; init; } = 1e-6;

    /// <summary>Base of the rotary frequencies, where <see cref="RopeParameters"/> does not say it.</summary>
    public double RopeTheta { get; init; } = 10000;

    /// <summary>What newer files say in place of <c>rope_theta</c> and <c>rope_scaling</c>; only the type <c>default</c> is known.</summary>
    public JsonElement? RopeParameters { get; init; }

    /// <summary>The base that holds.</summary>
    [JsonIgnore]
    public double Theta => (RopeScaling?.Get("rope_theta") ?? RopeParameters?.Get("rope_theta")) is { ValueKind: JsonValueKind.Number } theta ? theta.GetDouble() : RopeTheta;

    /// <summary>Stretching of the rotary positions; only null and the type <c>default</c> are known.</summary>
    public JsonElement? RopeScaling { get; init; }

    /// <summary>The activation of the gate; one of <see cref="Activation.Known"/>.</summary>
    public string HiddenAct { get; init; } = "silu";

    /// <summary>Whether the four projections of attention have a bias.</summary>
    public bool AttentionBias { get; init; }

    /// <summary>Whether the three projections of the feed-forward part have a bias.</summary>
    public bool MlpBias { get; init; }

    /// <summary>Dropout on the attention probabilities.</summary>
    public double AttentionDropout { get; init; }

    /// <summary>Whether the head is the word table itself.</summary>
    public bool TieWordEmbeddings { get; init; }

    /// <inheritdoc/>
    public override string ModelType => "llama";

    /// <inheritdoc/>
    public override string Prefix => "model";

    /// <inheritdoc/>
    public override IReadOnlyList<(TaskKind Task, string Class)> Architectures => [(TaskKind.LanguageModelling, "LlamaForCausalLM")];

    /// <inheritdoc/>
    public override IReadOnlyList<string> LoraTargets => ["q_proj", "v_proj"];

    /// <inheritdoc/>
    public override long? MaxTokens => MaxPositions;

    /// <inheritdoc/>
    public override long? Vocabulary => VocabSize;

    /// <inheritdoc/>
    public override long Width => HiddenSize;

    // Frequencies that old files carry.
    internal override bool LeavesOut(string name) => name.EndsWith("rotary_emb.inv_freq", StringComparison.Ordinal);

    // A decoder it is in any case; tensor parallelism adds up to the same product.
    internal override IReadOnlyList<string> Harmless => ["is_decoder", "pretraining_tp", "base_model_tp_plan", "base_model_pp_plan", "classifier_dropout", "max_window_layers"];

    internal override IReadOnlyList<ConfigRule> Rules =>
        [ConfigRule.Only("activation_function", HiddenAct), ConfigRule.Only("layer_norm_eps", RmsNormEps), ConfigRule.Only("position_embedding_type", "rope", "rotary"), ConfigRule.Only("is_causal", true), ConfigRule.Only("rope_interleaved", false)];

    private protected override Transformer Create(HeadOptions head) => new Llama(this, head);

    private protected override void Check(Action<bool, string> require)
    {
        RequireActivation(require, "hidden_act", HiddenAct);
        RequireRope(require, "rope_parameters", RopeParameters);
        RequireRope(require, "rope_scaling", RopeScaling);
        require(Layers is > 0 and <= 10_000 && Heads > 0 && HiddenSize > 0 && (HeadSize is > 0 || HiddenSize % Heads == 0),
            $"hidden_size {HiddenSize}, num_attention_heads {Heads} and num_hidden_layers {Layers} must be positive, and the first divisible by the second unless head_dim is given.");
        require(KeyValueHeads is null || (KeyValueHeads > 0 && Heads % KeyValueHeads == 0), $"num_attention_heads {Heads} must be divisible by num_key_value_heads {KeyValueHeads}.");
        require((HeadSize ?? HiddenSize / Heads) % 2 == 0, "a head must have an even number of features, which the rotary positions turn in pairs.");
        require(VocabSize > 0 && IntermediateSize > 0 && MaxPositions > 0 && Theta > 0, "vocab_size, intermediate_size, max_position_embeddings and rope_theta must be positive.");
        require(AttentionDropout is >= 0 and < 1, "attention_dropout must be at least 0 and below 1.");
    }

    private static void RequireRope(Action<bool, string> require, string key, JsonElement? value)
    {
        if (value is not { } rope || ConfigRule.IsOff(rope)) return;
        require(rope.ValueKind == JsonValueKind.Object, $"{key} is {rope}; expected an object or null.");
        var type = rope.Text("rope_type") ?? rope.Text("type") ?? "default";
        require(type == "default", $"{key} ask for rope_type '{type}', and only 'default' is known.");
        require(rope.Get("partial_rotary_factor") is not { } part || (part.ValueKind == JsonValueKind.Number && part.GetDouble() == 1), $"{key} have a partial_rotary_factor, and only 1 is known: all of a head is turned.");
        require(rope.EnumerateObject().All(field => field.Value.ValueKind != JsonValueKind.Object), $"{key} differ by the kind of layer, and only one for all layers is known.");
        require(rope.Get("rope_theta") is not { } theta || theta.ValueKind == JsonValueKind.Number, $"{key} have a rope_theta that is no number.");
    }
}

/// <summary>LLaMA (Touvron et al. 2023) with its language-modelling head: Hugging Face's LlamaForCausalLM.</summary>
public sealed class Llama : Transformer
{
    private readonly Embedding words;
    private readonly LlamaBlock[] blocks;
    private readonly RmsNorm norm;
    private readonly Projection? head;

    /// <summary>Builds the parts; no weight is allocated yet.</summary>
    public Llama(LlamaConfig config, HeadOptions head)
    {
        (Config, HeadOptions) = (config, head);
        words = Register("model.embed_tokens", new Embedding(config.VocabSize, config.HiddenSize));
        blocks = [.. Enumerable.Range(0, config.Layers).Select(i => Register($"model.layers.{i}", new LlamaBlock(config, i)))];
        norm = Register("model.norm", new RmsNorm(config.HiddenSize, config.RmsNormEps));
        if (!config.TieWordEmbeddings) this.head = Register("lm_head", new Projection(config.HiddenSize, config.VocabSize, bias: false));
    }

    /// <inheritdoc/>
    public override LlamaConfig Config { get; }

    /// <inheritdoc/>
    public override HeadOptions HeadOptions { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<Block> Blocks => blocks;

    /// <inheritdoc/>
    public override IEnumerable<(string Path, Weight Weight)> HeadWeights =>
        HeadOptions.IsFresh && head is not null ? NamedWeights().Where(entry => entry.Path.StartsWith("lm_head.", StringComparison.Ordinal)) : [];

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, string> Tied =>
        Config.TieWordEmbeddings ? new Dictionary<string, string> { ["lm_head.weight"] = "model.embed_tokens.weight" } : base.Tied;

    /// <inheritdoc/>
    public override bool EmbeddingsTrain => words.Weight.Trains;

    /// <inheritdoc/>
    public override BlockContext Context(Batch batch)
    {
        using var scope = NewDisposeScope();
        var text = (TextBatch)batch;
        var size = Config.HeadSize ?? Config.HiddenSize / Config.Heads;
        var device = text.InputIds.device;
        // Su et al. 2021, equation 15, in Hugging Face's order: the first half of a head turns with the second.
        var frequencies = pow(Config.Theta, arange(Kept(0), Kept(size), Kept(2), ScalarType.Float32, device).div(Kept(size))).reciprocal();
        var angles = text.Order().to(ScalarType.Float32).unsqueeze(-1) * frequencies;   // [1 or batch, seq, d / 2]
        var both = cat([angles, angles], -1).unsqueeze(1);                              // [1 or batch, 1, seq, d]
        var (mask, isCausal) = Masks.Causal(text, this);
        return new LlamaContext(
            mask.MoveToOuterDisposeScope(), both.cos().to(Dtype).MoveToOuterDisposeScope(), both.sin().to(Dtype).MoveToOuterDisposeScope()) { IsCausal = isCausal };
    }

    /// <inheritdoc/>
    public override Tensor Embed(Batch batch) => words.Forward(((TextBatch)batch).InputIds);

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
    public override FakeContext TraceContext(Tape tape, InputShape input)
    {
        FakeTensor Angles() => tape.Tensor(sizeof(float), 1, 1, input.Length, Config.HeadSize ?? Config.HiddenSize / Config.Heads);
        return new(input, [FakeContext.CausalMask(tape, input, Kernels), Angles(), Angles()]);
    }

    /// <inheritdoc/>
    public override FakeTensor TraceEmbedding(Tape tape, InputShape input) => words.Trace(tape.OfBatch(input.Size, input.Length));

    /// <inheritdoc/>
    public override FakeOutput TraceHead(FakeTensor hidden, InputShape input)
    {
        using var normalised = norm.Trace(hidden);
        var logits = head is null ? normalised.Linear(words.Weight) : head.Trace(normalised);
        return new FakeOutput(logits, Losses.TraceNextTokens(logits));
    }
}

/// <summary>What LLaMA's blocks share for one batch.</summary>
/// <param name="Mask">Causal.</param>
/// <param name="Cosine">Of the rotary angles, [1 or batch, 1, seq, d].</param>
/// <param name="Sine">Likewise.</param>
public sealed record LlamaContext(Tensor Mask, Tensor Cosine, Tensor Sine) : BlockContext(Mask)
{
    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        Cosine.Dispose();
        Sine.Dispose();
    }
}

/// <summary>One block of LLaMA: grouped-query attention with rotary positions and SwiGLU, each with RMSNorm before and a residual connection after.</summary>
public sealed class LlamaBlock : Block
{
    private readonly int index, heads, keyValueHeads;
    private readonly RmsNorm norm1, norm2;
    private readonly Projection query, key, value, output, gate, up, down;
    private readonly Attention attention;
    private readonly Activation activation;
    private readonly Residual afterAttention, afterFeedForward;

    /// <summary>Block number <paramref name="index"/> of the sizes in <paramref name="c"/>.</summary>
    public LlamaBlock(LlamaConfig c, int index)
    {
        (this.index, heads, keyValueHeads) = (index, c.Heads, c.KeyValueHeads ?? c.Heads);
        var size = c.HeadSize ?? c.HiddenSize / c.Heads;
        norm1 = Register("input_layernorm", new RmsNorm(c.HiddenSize, c.RmsNormEps));
        query = Register("self_attn.q_proj", new Projection(c.HiddenSize, heads * size, c.AttentionBias));
        key = Register("self_attn.k_proj", new Projection(c.HiddenSize, keyValueHeads * size, c.AttentionBias));
        value = Register("self_attn.v_proj", new Projection(c.HiddenSize, keyValueHeads * size, c.AttentionBias));
        attention = Register("self_attn", new Attention(c.AttentionDropout));
        output = Register("self_attn.o_proj", new Projection(heads * size, c.HiddenSize, c.AttentionBias));
        afterAttention = Register("attention_adapters", new Residual(c.HiddenSize, dropout: 0));
        norm2 = Register("post_attention_layernorm", new RmsNorm(c.HiddenSize, c.RmsNormEps));
        gate = Register("mlp.gate_proj", new Projection(c.HiddenSize, c.IntermediateSize, c.MlpBias));
        activation = Register("mlp.act_fn", new Activation(c.HiddenAct));
        up = Register("mlp.up_proj", new Projection(c.HiddenSize, c.IntermediateSize, c.MlpBias));
        down = Register("mlp.down_proj", new Projection(c.IntermediateSize, c.HiddenSize, c.MlpBias));
        afterFeedForward = Register("output_adapters", new Residual(c.HiddenSize, dropout: 0));
    }

    /// <inheritdoc/>
    public override Tensor Forward(Tensor x, BlockContext context)
    {
        using var a = Attend(x, (LlamaContext)context);
        using var y = afterAttention.Forward(a, x);                                     // [batch, seq, hidden]
        using var normalised = norm2.Forward(y);
        using var opened = gate.Forward(normalised);                                    // [batch, seq, intermediate]
        using var active = activation.Forward(opened);
        using var wide = up.Forward(normalised);
        using var gated = active * wide;
        using var f = down.Forward(gated);
        return afterFeedForward.Forward(f, y);
    }

    /// <inheritdoc/>
    public override FakeTensor Trace(FakeTensor x, FakeContext context)
    {
        using var a = Attend(x, context);
        using var y = afterAttention.Trace(a, x);
        using var normalised = norm2.Trace(y);
        using var opened = gate.Trace(normalised);
        using var active = activation.Trace(opened);
        using var wide = up.Trace(normalised);
        using var gated = active.Times(wide);
        using var f = down.Trace(gated);
        return afterFeedForward.Trace(f, y);
    }

    private Tensor Attend(Tensor x, LlamaContext context)
    {
        using var scope = NewDisposeScope();
        var normalised = norm1.Forward(x);
        var projected = Projection.Forward(normalised, query, key, value);
        var q = Rotate(Attention.Split(projected[0], heads), context);                  // [batch, heads, seq, d]
        var k = Rotate(Attention.Split(projected[1], keyValueHeads), context);
        var v = Attention.Split(projected[2], keyValueHeads);                           // [batch, key-value heads, seq, d]
        if (context.Cache is { } cache) (k, v) = cache.Append(index, k, v);
        var merged = Attention.Merge(attention.Forward(q, k, v, context.Mask, context.IsCausal));
        return output.Forward(merged).MoveToOuterDisposeScope();
    }

    private FakeTensor Attend(FakeTensor x, FakeContext context)
    {
        using var scope = x.Tape.Scope();
        var normalised = norm1.Trace(x);
        var projected = Projection.Trace(normalised, query, key, value);
        var q = Rotate(Attention.Split(projected[0], heads), context);
        var k = Rotate(Attention.Split(projected[1], keyValueHeads), context);
        var v = Attention.Split(projected[2], keyValueHeads);
        var merged = Attention.Merge(attention.Trace(q, k, v, context.Mask));
        return x.Tape.Keep(output.Trace(merged));
    }

    private static Tensor Rotate(Tensor t, LlamaContext context)
    {
        var half = t.shape[^1] / 2;
        var turned = cat([t.narrow(-1, half, half).neg(), t.narrow(-1, 0, half)], -1);
        return (t * context.Cosine).Plus(turned * context.Sine);
    }

    private static FakeTensor Rotate(FakeTensor t, FakeContext context)
    {
        long[] half = [.. t.Shape.SkipLast(1), t.Features / 2];
        var turned = t.Part(half).Scaled().Concatenated(t.Part(half), [.. t.Shape]);
        return t.Times(context.Tensors[1]).Plus(turned.Times(context.Tensors[2]));
    }
}
