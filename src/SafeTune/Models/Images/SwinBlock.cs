using SafeTune.Batching;
using SafeTune.Torch;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SafeTune.Models;

/// <summary>One block of Swin (Liu et al. 2021, equation 3): attention in windows and feed-forward, each with a norm before and a residual; at a stage's end the patches are merged.</summary>
public sealed class SwinBlock : Block
{
    private readonly SwinConfig config;
    private readonly PatchEmbedding patches;
    private readonly int stage;
    private readonly LayerNorm before, after;
    private readonly SwinAttention attention;
    private readonly DropPath path;
    private readonly Projection up, down;
    private readonly Activation activation;
    private readonly Residual afterAttention, afterFeedForward;
    private readonly SwinMerging? merging;

    /// <summary>A block of the sizes in <paramref name="c"/>.</summary>
    /// <param name="c">Sizes.</param>
    /// <param name="patches">Says how many patches an image has.</param>
    /// <param name="stage">The stage.</param>
    /// <param name="index">The block's place in the stage; odd ones shift their windows.</param>
    /// <param name="dropPath">Share of the samples for which training leaves the attention out.</param>
    public SwinBlock(SwinConfig c, PatchEmbedding patches, int stage, int index, double dropPath)
    {
        (config, this.patches, this.stage) = (c, patches, stage);
        var (size, own) = (c.Features(stage), $"blocks.{index}");
        var wide = (long)(c.MlpRatio * size);
        before = Register($"{own}.layernorm_before", new LayerNorm(size, c.LayerNormEps));
        attention = Register($"{own}.attention", new SwinAttention(c, stage, shifts: index % 2 == 1));
        path = Register($"{own}.drop_path", new DropPath(dropPath));
        afterAttention = Register($"{own}.attention_adapters", new Residual(size, dropout: 0));
        after = Register($"{own}.layernorm_after", new LayerNorm(size, c.LayerNormEps));
        up = Register($"{own}.intermediate.dense", new Projection(size, wide));
        activation = Register($"{own}.intermediate", new Activation(c.HiddenAct));
        down = Register($"{own}.output.dense", new Projection(wide, size));
        afterFeedForward = Register($"{own}.output_adapters", new Residual(size, c.HiddenDropout));
        EndsStage = index == c.Depths[stage] - 1;
        if (EndsStage && stage < c.Depths.Count - 1) merging = Register("downsample", new SwinMerging(size));
    }

    /// <summary>Whether it is the last block of its stage.</summary>
    public bool EndsStage { get; }

    /// <inheritdoc/>
    public override bool KeepsShape => merging is null;

    /// <inheritdoc/>
    public override Tensor Forward(Tensor x, BlockContext context)
    {
        var shared = ((SwinContext)context).Stages[stage];
        using var seen = Attend(x, shared);                                             // [batch, patches, hidden]
        using var normalised = after.Forward(seen);
        using var wide = up.Forward(normalised);                                        // [batch, patches, intermediate]
        using var active = activation.Forward(wide);
        using var f = down.Forward(active);
        var y = afterFeedForward.Forward(f, seen);
        if (merging is null) return y;
        using (y) return merging.Forward(y, shared.Grid);                               // [batch, patches / 4, 2 · hidden]
    }

    /// <inheritdoc/>
    public override FakeTensor Trace(FakeTensor x, FakeContext context)
    {
        var grid = config.Grid(patches.Grid(context.Input), stage);
        using var seen = Attend(x, grid);
        using var normalised = after.Trace(seen);
        using var wide = up.Trace(normalised);
        using var active = activation.Trace(wide);
        using var f = down.Trace(active);
        var y = afterFeedForward.Trace(f, seen);
        if (merging is null) return y;
        using (y) return merging.Trace(y, grid);
    }

    private Tensor Attend(Tensor x, SwinStage shared)
    {
        using var normalised = before.Forward(x);
        using var a = attention.Forward(normalised, shared);
        using var kept = path.Forward(a);
        return afterAttention.Forward(kept, x);
    }

    private FakeTensor Attend(FakeTensor x, WindowGrid grid)
    {
        using var normalised = before.Trace(x);
        using var a = attention.Trace(normalised, grid);
        using var kept = path.Trace(a);
        return afterAttention.Trace(kept, x);
    }
}

/// <summary>Multi-head self-attention within windows, with a learned bias for every relative position (Liu et al. 2021, equation 4).</summary>
public sealed class SwinAttention : Component
{
    private readonly Projection query, key, value, output;
    private readonly Weight biasTable;
    private readonly Attention attention;
    private readonly Dropout dropout;
    private readonly int heads;
    private readonly bool shifts;

    /// <summary>Attention of the sizes in <paramref name="c"/>.</summary>
    /// <param name="c">Sizes.</param>
    /// <param name="stage">The stage.</param>
    /// <param name="shifts">Whether the windows are shifted.</param>
    public SwinAttention(SwinConfig c, int stage, bool shifts)
    {
        (heads, this.shifts) = (c.Heads[stage], shifts);
        var (size, ways) = (c.Features(stage), (2 * c.WindowSize) - 1);
        biasTable = Register(new Weight("self.relative_position_bias_table", ways * ways, heads) { Initial = 0 });
        query = Register("self.query", new Projection(size, size, c.QkvBias));
        key = Register("self.key", new Projection(size, size, c.QkvBias));
        value = Register("self.value", new Projection(size, size, c.QkvBias));
        attention = Register("self", new Attention(c.AttentionDropout));
        output = Register("output.dense", new Projection(size, size));
        dropout = Register("output.dropout", new Dropout(c.AttentionDropout));
    }

    /// <summary>[batch, patches, hidden] to the same shape.</summary>
    public Tensor Forward(Tensor x, SwinStage shared)
    {
        var shift = shifts ? shared.Grid.Shift : 0;
        using var windows = shared.Grid.Cut(x, shift);                                  // [batch · windows, area, hidden]
        using var attended = Attend(windows, shared);
        return shared.Grid.Join(attended, shift);
    }

    /// <summary>Traces <see cref="Forward"/>.</summary>
    public FakeTensor Trace(FakeTensor x, WindowGrid grid)
    {
        var shift = shifts ? grid.Shift : 0;
        using var windows = grid.Cut(x, shift);
        using var attended = Attend(windows, grid);
        return grid.Join(attended, shift);
    }

    private Tensor Attend(Tensor windows, SwinStage shared)
    {
        using var mask = Mask(shared);
        var projected = Projection.Forward(windows, query, key, value);
        using var q = Attention.Split(projected[0], heads);                             // [batch · windows, heads, area, d]
        using var k = Attention.Split(projected[1], heads);
        using var v = Attention.Split(projected[2], heads);
        using var context = attention.Forward(q, k, v, mask);
        using var merged = Attention.Merge(context);                                    // [batch · windows, area, hidden]
        using var o = output.Forward(merged);
        return dropout.Forward(o);
    }

    private FakeTensor Attend(FakeTensor windows, WindowGrid grid)
    {
        using var mask = Mask(windows.Tape, grid);
        var projected = Projection.Trace(windows, query, key, value);
        using var q = Attention.Split(projected[0], heads);
        using var k = Attention.Split(projected[1], heads);
        using var v = Attention.Split(projected[2], heads);
        using var context = attention.Trace(q, k, v, mask);
        using var merged = Attention.Merge(context);
        using var o = output.Trace(merged);
        return dropout.Trace(o);
    }

    private FakeTensor Mask(Tape tape, WindowGrid grid)
    {
        using var rows = tape.Of(biasTable).IndexSelect(tape.OfBatch(grid.Area * grid.Area));
        using var bias = rows.Reordered(1, heads, grid.Area, grid.Area);
        return shifts && grid.Shift > 0 ? bias.Spread(grid.Windows, heads, grid.Area, grid.Area) : bias.View([.. bias.Shape]);
    }

    /// <summary>[1 or windows, heads, area, area].</summary>
    private Tensor Mask(SwinStage shared)
    {
        using var scope = NewDisposeScope();
        var area = shared.Grid.Area;
        var bias = biasTable.Value.index_select(0, shared.BiasRows).view(1, area, area, heads).permute(0, 3, 1, 2);
        return (shifts && shared.ShiftMask is { } apart ? bias.Plus(apart) : bias).MoveToOuterDisposeScope();
    }
}

/// <summary>Between two stages: every 2 × 2 neighbouring patches become one with twice the features (Liu et al. 2021, section 3.1).</summary>
public sealed class SwinMerging : Component
{
    /// <summary>Epsilon of the norms that no configuration sets.</summary>
    internal const double NormEps = 1e-5;

    private readonly LayerNorm norm;
    private readonly Projection reduction;

    /// <summary>From <paramref name="size"/> features to twice as many.</summary>
    public SwinMerging(long size)
    {
        norm = Register("norm", new LayerNorm(4 * size, NormEps));
        reduction = Register("reduction", new Projection(4 * size, 2 * size, bias: false));
    }

    /// <summary>[batch, height · width, hidden] to [batch, ⌈height / 2⌉ · ⌈width / 2⌉, 2 · hidden]; odd sides are filled up with zeros.</summary>
    public Tensor Forward(Tensor x, WindowGrid grid)
    {
        using var groups = Groups(x, grid);                                             // [batch, patches / 4, 4 · hidden]
        using var normalised = norm.Forward(groups);
        return reduction.Forward(normalised);
    }

    /// <summary>Traces <see cref="Forward"/>.</summary>
    public FakeTensor Trace(FakeTensor x, WindowGrid grid)
    {
        using var groups = Groups(x, grid);
        using var normalised = norm.Trace(groups);
        return reduction.Trace(normalised);
    }

    private static FakeTensor Groups(FakeTensor x, WindowGrid grid)
    {
        using var scope = x.Tape.Scope();
        var (batch, hidden, rows, columns) = (x.Shape[0], x.Features, (grid.Height + 1) / 2, (grid.Width + 1) / 2);
        if (grid.Height % 2 + grid.Width % 2 > 0) x = x.Padded(batch, 4 * rows * columns, hidden);
        return x.Tape.Keep(x.Reordered([.. x.Shape]).Copy(batch, rows * columns, 4 * hidden));
    }

    private static Tensor Groups(Tensor x, WindowGrid grid)
    {
        using var scope = NewDisposeScope();
        var (batch, hidden) = (x.shape[0], x.shape[2]);
        var map = x.view(batch, grid.Height, grid.Width, hidden);
        if (grid.Height % 2 + grid.Width % 2 > 0) map = functional.pad(map, [0, 0, 0, grid.Width % 2, 0, grid.Height % 2]);
        var (rows, columns) = (map.shape[1] / 2, map.shape[2] / 2);
        // Of each group: upper left, lower left, upper right, lower right.
        return map.view(batch, rows, 2, columns, 2, hidden).permute(0, 1, 3, 4, 2, 5).reshape(batch, rows * columns, 4 * hidden).MoveToOuterDisposeScope();
    }
}
