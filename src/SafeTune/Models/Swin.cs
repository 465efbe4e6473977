using System.Text.Json;
using System.Text.Json.Serialization;
using SafeTune.Batching;
using SafeTune.Data;
using static TorchSharp.torch;

namespace SafeTune.Models;

/// <summary>Swin's config.json.</summary>
public sealed record SwinConfig : ModelConfig
{
    /// <summary>Features of a hidden state in the first stage; each further stage has twice as many.</summary>
    public long EmbedDim { get; init; } = 96;

    /// <summary>Blocks of each stage.</summary>
    public IReadOnlyList<int> Depths { get; init; } = [2, 2, 6, 2];

    /// <summary>Attention heads of each stage; must divide the stage's features.</summary>
    [JsonPropertyName("num_heads")]
    public IReadOnlyList<int> Heads { get; init; } = [3, 6, 12, 24];

    /// <summary>Rows and columns of a window.</summary>
    public long WindowSize { get; init; } = 7;

    /// <summary>Features inside the feed-forward part by those outside.</summary>
    public double MlpRatio { get; init; } = 4;

    /// <summary>Rows and columns of a patch.</summary>
    public long PatchSize { get; init; } = 4;

    /// <summary>Rows and columns of the images that it was trained on; others can be read too.</summary>
    public long ImageSize { get; init; } = 224;

    /// <summary>Colours of a pixel.</summary>
    [JsonPropertyName("num_channels")]
    public long Channels { get; init; } = 3;

    /// <summary>Whether queries, keys and values have a bias.</summary>
    public bool QkvBias { get; init; } = true;

    /// <summary>Epsilon of the norms in the blocks and of the last one.</summary>
    public double LayerNormEps { get; init; } = 1e-5;

    /// <summary>Dropout after the embeddings and the feed-forward part.</summary>
    [JsonPropertyName("hidden_dropout_prob")]
    public double HiddenDropout { get; init; }

    /// <summary>Dropout on the attention probabilities and after the attention.</summary>
    [JsonPropertyName("attention_probs_dropout_prob")]
    public double AttentionDropout { get; init; }

    /// <summary>Share of the samples for which the last block leaves its attention out in training; it rises linearly from 0 at the first block.</summary>
    public double DropPathRate { get; init; } = 0.1;

    /// <summary>The activation; one of <see cref="Activation.Known"/>.</summary>
    public string HiddenAct { get; init; } = "gelu";

    /// <summary>Learned absolute positions; only false is known.</summary>
    public bool UseAbsoluteEmbeddings { get; init; }

    /// <inheritdoc/>
    public override string ModelType => "swin";

    /// <inheritdoc/>
    public override string Prefix => "swin";

    /// <inheritdoc/>
    public override IReadOnlyList<(TaskKind Task, string Class)> Architectures =>
        [(TaskKind.Classification, "SwinForImageClassification"), (TaskKind.Regression, "SwinForImageClassification")];

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
    public override bool NumbersItsBlocks => false;

    /// <inheritdoc/>
    public override long Width => Features(Depths.Count - 1);

    /// <summary>Features of a hidden state in a stage.</summary>
    internal long Features(int stage) => EmbedDim << stage;

    /// <summary>The windows of a stage, given the rows and columns of patches in the image.</summary>
    internal WindowGrid Grid((long Rows, long Columns) patches, int stage)
    {
        // Each merging of patches halves both sides, rounded up.
        long Halved(long side) => (side + (1L << stage) - 1) >> stage;
        return WindowGrid.Of(Halved(patches.Rows), Halved(patches.Columns), WindowSize);
    }

    // Buffers that are computed here, and masked image modelling's token.
    internal override bool LeavesOut(string name) =>
        name.EndsWith(".relative_position_index", StringComparison.Ordinal) || name == "swin.embeddings.mask_token";

    // What transformers computes from the depths, what backbones and masked image modelling read, and a setting of the first release that nothing reads.
    internal override IReadOnlyList<string> Harmless => ["encoder_stride", "hidden_size", "num_layers", "out_features", "out_indices", "_out_features", "_out_indices", "stage_names", "path_norm"];

    internal override IReadOnlyList<ConfigRule> Rules =>
    [
        new("num_attention_heads", "the list under 'num_heads'", json => json.ValueKind == JsonValueKind.Array && json.EnumerateArray().Select(item => item.ToString()).SequenceEqual(Heads.Select(number => FormattableString.Invariant($"{number}")))),
        ConfigRule.Only("attention_bias", QkvBias), ConfigRule.Only("mlp_bias", true),
    ];

    private protected override Transformer Create(HeadOptions head) => new Swin(this, head);

    private protected override void Check(Action<bool, string> require)
    {
        require(ImageSize is > 0 and <= 1_000_000, "image_size must be positive.");
        RequireActivation(require, "hidden_act", HiddenAct);
        require(!UseAbsoluteEmbeddings, "use_absolute_embeddings is true, and only false is known.");
        require(Depths is { Count: > 0 and <= 16 } && Heads?.Count == Depths.Count && Depths.All(depth => depth is > 0 and <= 10_000),
            "depths and num_heads must have one positive number for each stage.");
        require(EmbedDim is > 0 and <= 1_000_000 && Enumerable.Range(0, Depths!.Count).All(stage => Heads![stage] > 0 && Features(stage) % Heads[stage] == 0),
            $"embed_dim {EmbedDim}, doubled with every stage, must be divisible by the stage's number in num_heads.");
        require(WindowSize is > 0 and <= 1_000 && PatchSize > 0 && Channels > 0 && MlpRatio > 0, "window_size (at most 1000), patch_size, num_channels and mlp_ratio must be positive.");
        require(HiddenDropout is >= 0 and < 1 && AttentionDropout is >= 0 and < 1 && DropPathRate is >= 0 and < 1, "dropout probabilities and drop_path_rate must be at least 0 and below 1.");
    }
}

/// <summary>The Swin transformer (Liu et al. 2021): attention in windows that every other block shifts, on feature maps that get smaller, as Hugging Face's SwinForImageClassification.</summary>
/// <remarks><see cref="Blocks"/> has the blocks of all stages in order; the last one of a stage also merges the patches for the next.</remarks>
public sealed class Swin : Transformer
{
    private readonly SwinEmbeddings embeddings;
    private readonly SwinBlock[] blocks;
    private readonly ImageHead head;

    /// <summary>Builds the parts; no weight is allocated yet.</summary>
    public Swin(SwinConfig config, HeadOptions head)
    {
        (Config, HeadOptions) = (config, head);
        embeddings = Register("swin.embeddings", new SwinEmbeddings(config));
        var rates = Enumerable.Range(0, config.Depths.Sum()).Select(i => i * config.DropPathRate / Math.Max(1, config.Depths.Sum() - 1)).ToArray();
        var places = config.Depths.SelectMany((depth, stage) => Enumerable.Range(0, depth).Select(index => (Stage: stage, Index: index)));
        blocks = [.. places.Zip(rates, (place, rate) => Register($"swin.encoder.layers.{place.Stage}", new SwinBlock(config, embeddings.Patches, place.Stage, place.Index, rate)))];
        this.head = Register("", new ImageHead("swin", config.Width, config.LayerNormEps, head, onFirst: false));
    }

    /// <inheritdoc/>
    public override SwinConfig Config { get; }

    /// <inheritdoc/>
    public override HeadOptions HeadOptions { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<Block> Blocks => blocks;

    /// <inheritdoc/>
    public override IEnumerable<(string Path, Weight Weight)> HeadWeights => head.Trained;

    /// <inheritdoc/>
    public override bool EmbeddingsTrain => embeddings.Trains;

    /// <inheritdoc/>
    public override BlockContext Context(Batch batch)
    {
        var patches = embeddings.Patches.Grid(embeddings.Patches.Images(batch).Shape);
        var (dtype, device) = (Dtype, Device);
        return new SwinContext([.. Config.Depths.Select((_, stage) => SwinStage.Of(Config.Grid(patches, stage), Config.WindowSize, dtype, device))]);
    }

    /// <inheritdoc/>
    public override Tensor Embed(Batch batch) => embeddings.Forward(batch);

    /// <inheritdoc/>
    public override ModelOutput Head(Tensor hidden, Batch batch) => head.Forward(hidden, batch);

    /// <inheritdoc/>
    public override FakeContext TraceContext(Tape tape, InputShape input)
    {
        var grids = Config.Depths.Select((_, stage) => Config.Grid(embeddings.Patches.Grid(input), stage)).ToArray();
        // The rows of the bias table lie in the array they were made from, which no allocator counts.
        return new(input, [.. grids.Select(grid => tape.OfBatch(grid.Area * grid.Area)), .. grids.Select(grid => tape.Tensor(sizeof(float), grid.Shift > 0 ? grid.Windows : 0, grid.Area * grid.Area))]);
    }

    /// <inheritdoc/>
    public override FakeTensor TraceEmbedding(Tape tape, InputShape input) => embeddings.Trace(tape, input);

    /// <inheritdoc/>
    public override FakeOutput TraceHead(FakeTensor hidden, InputShape input) => head.Trace(hidden, input);

    /// <summary>Hugging Face reports a hidden state after each stage.</summary>
    /// <inheritdoc/>
    public override Tensor? Reported(int block, Tensor hidden) => blocks[block].EndsStage ? hidden.alias() : null;
}

/// <summary>What the blocks of a stage share for one batch.</summary>
/// <param name="Grid">The feature map and its windows.</param>
/// <param name="BiasRows">As <see cref="WindowGrid.BiasRows"/>.</param>
/// <param name="ShiftMask">As <see cref="WindowGrid.ShiftMask"/>; null where windows do not shift.</param>
public sealed record SwinStage(WindowGrid Grid, Tensor BiasRows, Tensor? ShiftMask)
{
    /// <summary>Computes them.</summary>
    public static SwinStage Of(WindowGrid grid, long window, ScalarType dtype, Device device) => new(
        grid, grid.BiasRows(window, device).DetachFromDisposeScope(), grid.Shift > 0 ? grid.ShiftMask(dtype, device).DetachFromDisposeScope() : null);
}

/// <summary>What Swin's blocks share for one batch.</summary>
/// <param name="Stages">Stage by stage.</param>
public sealed record SwinContext(IReadOnlyList<SwinStage> Stages) : BlockContext(Mask: null)
{
    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        foreach (var stage in Stages)
        {
            stage.BiasRows.Dispose();
            stage.ShiftMask?.Dispose();
        }
    }
}

/// <summary>Patches as normalised vectors; where they are is known from the attention's relative positions.</summary>
public sealed class SwinEmbeddings : Component
{
    private readonly LayerNorm norm;
    private readonly Dropout dropout;

    /// <summary>Patches of the sizes in <paramref name="c"/>.</summary>
    public SwinEmbeddings(SwinConfig c)
    {
        Patches = Register("patch_embeddings.projection", new PatchEmbedding(c.Channels, c.PatchSize, c.EmbedDim));
        norm = Register("norm", new LayerNorm(c.EmbedDim, SwinMerging.NormEps));
        dropout = Register("dropout", new Dropout(c.HiddenDropout));
    }

    /// <summary>Maps patches to vectors.</summary>
    public PatchEmbedding Patches { get; }

    /// <summary>To [batch, patches, hidden].</summary>
    /// <exception cref="UsageException">The batch holds no images.</exception>
    public Tensor Forward(Batch batch)
    {
        using var patches = Patches.Forward(Patches.Images(batch));
        using var normalised = norm.Forward(patches);
        return dropout.Forward(normalised);
    }

    /// <summary>Traces <see cref="Forward"/>.</summary>
    public FakeTensor Trace(Tape tape, InputShape input)
    {
        using var patches = Patches.Trace(tape, input);
        using var normalised = norm.Trace(patches);
        return dropout.Trace(normalised);
    }
}
