using System.Text.Json.Serialization;
using SafeTune.Batching;
using SafeTune.Data;
using SafeTune.Torch;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SafeTune.Models;

/// <summary>ViT's config.json.</summary>
public sealed record VitConfig : ModelConfig
{
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

    /// <summary>Rows and columns of the images that the positions were learned on.</summary>
    public long ImageSize { get; init; } = 224;

    /// <summary>Rows and columns of a patch; must divide <see cref="ImageSize"/>.</summary>
    public long PatchSize { get; init; } = 16;

    /// <summary>Colours of a pixel.</summary>
    [JsonPropertyName("num_channels")]
    public long Channels { get; init; } = 3;

    /// <summary>Whether queries, keys and values have a bias.</summary>
    public bool QkvBias { get; init; } = true;

    /// <summary>LayerNorm's epsilon.</summary>
    public double LayerNormEps { get; init; } = 1e-12;

    /// <summary>Dropout after the embeddings, the attention and the feed-forward part.</summary>
    [JsonPropertyName("hidden_dropout_prob")]
    public double HiddenDropout { get; init; }

    /// <summary>Dropout on the attention probabilities.</summary>
    [JsonPropertyName("attention_probs_dropout_prob")]
    public double AttentionDropout { get; init; }

    /// <summary>The activation; one of <see cref="Activation.Known"/>.</summary>
    public string HiddenAct { get; init; } = "gelu";

    /// <inheritdoc/>
    public override string ModelType => "vit";

    /// <inheritdoc/>
    public override string Prefix => "vit";

    /// <inheritdoc/>
    public override IReadOnlyList<(TaskKind Task, string Class)> Architectures =>
        [(TaskKind.Classification, "ViTForImageClassification"), (TaskKind.Regression, "ViTForImageClassification")];

    /// <inheritdoc/>
    public override IReadOnlyList<string> LoraTargets => ["query", "value"];

    /// <inheritdoc/>
    public override long? ImageSide => ImageSize;

    /// <inheritdoc/>
    public override long Colours => Channels;

    /// <inheritdoc/>
    public override long? MaxTokens => null;

    /// <inheritdoc/>
    public override long? Vocabulary => null;

    /// <inheritdoc/>
    public override Batch RandomBatch(Device? device = null) => new ImageBatch(randn([2, Channels, ImageSize, ImageSize], ScalarType.Float32, device), Labels: null);

    /// <inheritdoc/>
    public override long Width => HiddenSize;

    /// <summary>Patches and the class token of such an image.</summary>
    internal long Tokens(InputShape input) => 1 + (input.Height / PatchSize * (input.Width / PatchSize));

    // The pooler that classification leaves out, and masked image modelling's token.
    internal override bool LeavesOut(string name) =>
        name == "vit.embeddings.mask_token" || name.StartsWith("vit.pooler.", StringComparison.Ordinal);

    internal override IReadOnlyList<string> Harmless => ["encoder_stride", "pooler_act", "pooler_output_size"];

    internal override IReadOnlyList<ConfigRule> Rules => [.. ConfigRule.OfPlainHeads(HiddenSize / Heads, Heads, QkvBias)];

    private protected override Transformer Create(HeadOptions head) => new Vit(this, head);

    private protected override void Check(Action<bool, string> require)
    {
        RequireActivation(require, "hidden_act", HiddenAct);
        require(Layers is > 0 and <= 10_000 && Heads > 0 && HiddenSize > 0 && HiddenSize % Heads == 0,
            $"hidden_size {HiddenSize}, num_attention_heads {Heads} and num_hidden_layers {Layers} must be positive, and the first divisible by the second.");
        require(IntermediateSize > 0 && Channels > 0, "intermediate_size and num_channels must be positive.");
        require(PatchSize > 0 && ImageSize is > 0 and <= 1_000_000 && ImageSize % PatchSize == 0, $"image_size {ImageSize} and patch_size {PatchSize} must be positive, and the first divisible by the second.");
        require(HiddenDropout is >= 0 and < 1 && AttentionDropout is >= 0 and < 1, "dropout probabilities must be at least 0 and below 1.");
    }
}

/// <summary>The vision transformer (Dosovitskiy et al. 2021), as Hugging Face's ViTForImageClassification.</summary>
/// <remarks>Images of another size than the configuration's are read with interpolated positions, as Hugging Face does when asked to.</remarks>
public sealed class Vit : Transformer
{
    private readonly VitEmbeddings embeddings;
    private readonly VitBlock[] blocks;
    private readonly ImageHead head;

    /// <summary>Builds the parts; no weight is allocated yet.</summary>
    public Vit(VitConfig config, HeadOptions head)
    {
        (Config, HeadOptions) = (config, head);
        embeddings = Register("vit.embeddings", new VitEmbeddings(config));
        blocks = [.. Enumerable.Range(0, config.Layers).Select(i => Register($"vit.encoder.layer.{i}", new VitBlock(config)))];
        this.head = Register("", new ImageHead("vit", config.HiddenSize, config.LayerNormEps, head, onFirst: true));
    }

    /// <inheritdoc/>
    public override VitConfig Config { get; }

    /// <inheritdoc/>
    public override HeadOptions HeadOptions { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<Block> Blocks => blocks;

    /// <inheritdoc/>
    public override IEnumerable<(string Path, Weight Weight)> HeadWeights => head.Trained;

    /// <inheritdoc/>
    public override bool EmbeddingsTrain => embeddings.Trains;

    /// <inheritdoc/>
    public override BlockContext Context(Batch batch) => new(Mask: null);

    /// <inheritdoc/>
    public override Tensor Embed(Batch batch) => embeddings.Forward(batch);

    /// <inheritdoc/>
    public override ModelOutput Head(Tensor hidden, Batch batch) => head.Forward(hidden, batch);

    /// <inheritdoc/>
    public override FakeTensor TraceEmbedding(Tape tape, InputShape input) => embeddings.Trace(tape, input);

    /// <inheritdoc/>
    public override FakeOutput TraceHead(FakeTensor hidden, InputShape input) => head.Trace(hidden, input);

    /// <inheritdoc/>
    public override long Tokens(InputShape input) => Config.Tokens(input);

    /// <summary>Hugging Face reports the last one after the final norm.</summary>
    /// <inheritdoc/>
    public override Tensor? Reported(int block, Tensor hidden) => block == blocks.Length - 1 ? head.Normalised(hidden) : hidden.alias();
}

/// <summary>The class token and the patches, each with its learned position.</summary>
public sealed class VitEmbeddings : Component
{
    private readonly Weight classToken, positions;
    private readonly Dropout dropout;
    private readonly VitConfig config;

    /// <summary>Tables of the sizes in <paramref name="c"/>.</summary>
    public VitEmbeddings(VitConfig c)
    {
        config = c;
        var side = c.ImageSize / c.PatchSize;
        classToken = Register(new Weight("cls_token", 1, 1, c.HiddenSize));
        positions = Register(new Weight("position_embeddings", 1, 1 + (side * side), c.HiddenSize));
        Patches = Register("patch_embeddings.projection", new PatchEmbedding(c.Channels, c.PatchSize, c.HiddenSize));
        dropout = Register("dropout", new Dropout(c.HiddenDropout));
    }

    /// <summary>Maps patches to vectors.</summary>
    public PatchEmbedding Patches { get; }

    /// <summary>To [batch, 1 + patches, hidden].</summary>
    /// <exception cref="UsageException">The batch holds no images, or images whose sides are no multiples of the patches'.</exception>
    public Tensor Forward(Batch batch)
    {
        var images = Patches.Images(batch);
        var (height, width) = (images.Shape.Height, images.Shape.Width);
        if (height % config.PatchSize != 0 || width % config.PatchSize != 0)
            throw new UsageException($"The images have {height} × {width} pixels, and the model reads multiples of {config.PatchSize}; resize them, best to {config.ImageSize} × {config.ImageSize}.");
        using var scope = NewDisposeScope();
        var patches = Patches.Forward(images);                                          // [batch, patches, hidden]
        var first = classToken.Value.expand(images.Size, 1, config.HiddenSize);
        var sum = cat([first, patches], 1).Accumulate(Positions(height / config.PatchSize, width / config.PatchSize));
        return dropout.Forward(sum).MoveToOuterDisposeScope();
    }

    /// <summary>Traces <see cref="Forward"/>, of images of the configured size.</summary>
    public FakeTensor Trace(Tape tape, InputShape input)
    {
        using var scope = tape.Scope();
        var patches = Patches.Trace(tape, input);
        var first = tape.Of(classToken).Part(1, 1, config.HiddenSize);
        var sum = first.Concatenated(patches, input.Size, 1 + patches.Shape[1], config.HiddenSize).AddInPlace(tape.Of(positions));
        return tape.Keep(dropout.Trace(sum));
    }

    // Those of the patches stand for places in the image: a larger image has places in between (Dosovitskiy et al. 2021, section 3.2).
    private Tensor Positions(long rows, long columns)
    {
        var side = config.ImageSize / config.PatchSize;
        if (rows == side && columns == side) return positions.Value.alias();
        using var scope = NewDisposeScope();
        var map = positions.Value.narrow(1, 1, side * side).view(1, side, side, -1).permute(0, 3, 1, 2).to(ScalarType.Float32);
        var resized = functional.interpolate(map, size: [rows, columns], mode: InterpolationMode.Bicubic, align_corners: false);
        var places = resized.flatten(2).transpose(1, 2).to(positions.Value.dtype);      // [1, rows · columns, hidden]
        return cat([positions.Value.narrow(1, 0, 1), places], 1).MoveToOuterDisposeScope();
    }
}

/// <summary>One encoder block (Dosovitskiy et al. 2021, equations 2 and 3): attention and feed-forward, each with a norm before, dropout and residual.</summary>
public sealed class VitBlock : Block
{
    private readonly VitConfig config;
    private readonly LayerNorm before, after;
    private readonly Projection query, key, value, output, up, down;
    private readonly Attention attention;
    private readonly Activation activation;
    private readonly Residual afterAttention, afterFeedForward;

    /// <summary>A block of the sizes in <paramref name="c"/>.</summary>
    public VitBlock(VitConfig c)
    {
        config = c;
        before = Register("layernorm_before", new LayerNorm(c.HiddenSize, c.LayerNormEps));
        query = Register("attention.attention.query", new Projection(c.HiddenSize, c.HiddenSize, c.QkvBias));
        key = Register("attention.attention.key", new Projection(c.HiddenSize, c.HiddenSize, c.QkvBias));
        value = Register("attention.attention.value", new Projection(c.HiddenSize, c.HiddenSize, c.QkvBias));
        attention = Register("attention.attention", new Attention(c.AttentionDropout));
        output = Register("attention.output.dense", new Projection(c.HiddenSize, c.HiddenSize));
        afterAttention = Register("attention_adapters", new Residual(c.HiddenSize, c.HiddenDropout));
        after = Register("layernorm_after", new LayerNorm(c.HiddenSize, c.LayerNormEps));
        up = Register("intermediate.dense", new Projection(c.HiddenSize, c.IntermediateSize));
        activation = Register("intermediate", new Activation(c.HiddenAct));
        down = Register("output.dense", new Projection(c.IntermediateSize, c.HiddenSize));
        afterFeedForward = Register("output_adapters", new Residual(c.HiddenSize, c.HiddenDropout));
    }

    /// <inheritdoc/>
    public override IReadOnlyList<PrunableGroups> Prunable => [new("heads", [query, key, value], output, HeadSize), new("channels", [up], down, 1)];

    private long HeadSize => config.HiddenSize / config.Heads;

    /// <inheritdoc/>
    public override Tensor Forward(Tensor x, BlockContext context)
    {
        using var seen = Attend(x);                                                     // [batch, seq, hidden]
        using var normalised = after.Forward(seen);
        using var wide = up.Forward(normalised);                                        // [batch, seq, intermediate]
        using var active = activation.Forward(wide);
        using var f = down.Forward(active);
        return afterFeedForward.Forward(f, seen);
    }

    /// <inheritdoc/>
    public override FakeTensor Trace(FakeTensor x, FakeContext context)
    {
        using var seen = Attend(x);
        using var normalised = after.Trace(seen);
        using var wide = up.Trace(normalised);
        using var active = activation.Trace(wide);
        using var f = down.Trace(active);
        return afterFeedForward.Trace(f, seen);
    }

    private Tensor Attend(Tensor x)
    {
        using var normalised = before.Forward(x);
        var heads = query.OutFeatures / HeadSize;
        var projected = Projection.Forward(normalised, query, key, value);
        using var q = Attention.Split(projected[0], heads);                             // [batch, heads, seq, d]
        using var k = Attention.Split(projected[1], heads);
        using var v = Attention.Split(projected[2], heads);
        using var context = attention.Forward(q, k, v, mask: null);
        using var merged = Attention.Merge(context);                                    // [batch, seq, hidden]
        using var o = output.Forward(merged);
        return afterAttention.Forward(o, x);
    }

    private FakeTensor Attend(FakeTensor x)
    {
        using var normalised = before.Trace(x);
        var heads = query.OutFeatures / HeadSize;
        var projected = Projection.Trace(normalised, query, key, value);
        using var q = Attention.Split(projected[0], heads);
        using var k = Attention.Split(projected[1], heads);
        using var v = Attention.Split(projected[2], heads);
        using var context = attention.Trace(q, k, v, mask: null);
        using var merged = Attention.Merge(context);
        using var o = output.Trace(merged);
        return afterAttention.Trace(o, x);
    }
}
