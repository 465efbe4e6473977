using SafeTune.Kernels;

namespace SafeTune.Models;

/// <summary>A tensor without values: a shape, bytes, and whether autograd follows it. Its methods are libtorch's operators, each with what it allocates, saves and multiplies.</summary>
public sealed class FakeTensor : IDisposable
{
    private const long KernelRows = ProjectionOperator.Part;
    private readonly Tape tape;
    private readonly long[] shape;
    private readonly int elementSize;
    private readonly Storage storage;
    private readonly FakeTensor? viewed;
    private Node? source;
    private int writes;
    private bool isDisposed, isTransposed;

    internal FakeTensor(Tape tape, long[] shape, int elementSize, Storage storage, Node? source, FakeTensor? viewed = null)
    {
        (this.tape, this.shape, this.elementSize, this.storage, this.source, this.viewed) = (tape, shape, elementSize, storage, source, viewed);
        writes = viewed?.writes ?? 0;
        tape.Add(this);
    }

    /// <summary>The shape.</summary>
    public IReadOnlyList<long> Shape => shape;

    /// <summary>Features: the last dimension.</summary>
    public long Features => shape[^1];

    /// <summary>Rows: all but the last dimension.</summary>
    public long Rows => Elements / Features;

    /// <summary>Number of elements.</summary>
    public long Elements => Count(shape);

    /// <summary>Bytes of all elements.</summary>
    public long Bytes => Elements * elementSize;

    /// <summary>Where it is recorded.</summary>
    public Tape Tape => tape;

    /// <summary>Whether autograd computes its gradient.</summary>
    public bool NeedsGradient => tape.Records && Source is not null;

    /// <summary>What has arrived of the gradient of a leaf; null = nothing.</summary>
    public Storage? Gradient => source?.Gradient;

    internal bool IsWeight { get; init; }

    private bool IsLeaf { get; init; }

    // After writing into a view, autograd leads its gradient and that of the tensor's other views through the whole tensor: a copy (AsStridedBackward).
    internal Node? Source
    {
        get
        {
            if (viewed is null || viewed.writes == writes) return source;
            writes = viewed.writes;
            return source = tape.Record([new(viewed.source, viewed.Bytes)], []);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (isDisposed || IsWeight) return;
        isDisposed = true;
        storage.Release();
        if (IsLeaf) Gradient?.Release();
    }

    /// <summary>The same bytes as a leaf of a graph of its own.</summary>
    public FakeTensor Leaf() => new(tape, shape, elementSize, storage.Retain(), new Node([], [], 0)) { IsLeaf = true };

    /// <summary>A second handle on the same tensor; this one is not used any more where the other is changed in place.</summary>
    public FakeTensor Alias() => new(tape, shape, elementSize, storage.Retain(), source, viewed) { isTransposed = isTransposed };

    /// <summary>The same bytes, unknown to autograd.</summary>
    public FakeTensor Detached() => new(tape, shape, elementSize, storage.Retain(), null) { IsWeight = IsWeight };

    /// <summary>x Wᵀ + b: addmm where there is a bias, mm otherwise. Autograd keeps x only for the gradient of a weight that trains.</summary>
    /// <param name="weight">Of <see cref="Features"/> times the output's features elements, in either order.</param>
    /// <param name="bias">[out]; null = none.</param>
    public FakeTensor Linear(Weight weight, Weight? bias = null) => Linear(tape.Of(weight), bias is null ? null : tape.Of(bias));

    /// <inheritdoc cref="Linear(Weight, Weight)"/>
    public FakeTensor Linear(FakeTensor weight, FakeTensor? bias = null)
    {
        var (rows, outFeatures) = (Rows, weight.Elements / Features);
        var cost = 2 * rows * Features * outFeatures;
        tape.Count(new Flops(cost, NeedsGradient ? cost : 0, weight.NeedsGradient ? cost : 0));
        List<Edge> edges = [Fresh(this), Fresh(weight)];
        if (bias is not null) edges.Add(Fresh(bias));
        List<Storage> saved = [];
        if (weight.NeedsGradient) saved.Add(storage);
        if (NeedsGradient) saved.Add(weight.storage);
        return weight.Result([.. shape[..^1], outFeatures], edges, saved);
    }

    /// <summary>Layer normalisation of the last dimension: keeps its input, and a mean and a deviation a row.</summary>
    public FakeTensor LayerNorm(Weight weight, Weight bias)
    {
        using var statistics = tape.Tensor(sizeof(float), 2, Rows);
        return Result(shape, [Fresh(this), Fresh(tape.Of(weight)), Fresh(tape.Of(bias))], [storage, statistics.storage]);
    }

    /// <summary>An activation of which autograd keeps the input (gelu, silu).</summary>
    /// <param name="isKernel">Whether a kernel of ours computes it.</param>
    public FakeTensor KeepingInput(bool isKernel = false) => Result(shape, [Fresh(this)], [storage], isKernel);

    /// <summary>An activation of which autograd keeps the output (tanh, relu, softmax).</summary>
    public FakeTensor KeepingOutput()
    {
        var y = tape.Tensor(elementSize, shape);
        y.source = tape.Record([Fresh(this)], [y.storage]);
        return y;
    }

    /// <summary>A product with a number, or the negative.</summary>
    /// <param name="isKernel">Whether a kernel of ours computes it.</param>
    public FakeTensor Scaled(bool isKernel = false) => Result(shape, [Fresh(this)], [], isKernel);

    /// <summary>The same in place.</summary>
    public FakeTensor ScaleInPlace()
    {
        source = tape.Record([Fresh(this)], []);
        return this;
    }

    /// <summary>Sets to 0 what the mask hides.</summary>
    /// <param name="mask">One byte an element.</param>
    public FakeTensor MaskedFill(FakeTensor mask) => Result(shape, [Fresh(this)], [mask.storage]);

    /// <summary>The sum; <paramref name="other"/> may have fewer elements, and its gradient is a sum then.</summary>
    public FakeTensor Plus(FakeTensor other) => Like(Result(shape, [Passed(this), other.Elements == Elements ? Passed(other) : Fresh(other)], []));

    /// <summary>The sum with a larger tensor that needs no gradient.</summary>
    /// <param name="larger">Its shape.</param>
    public FakeTensor Spread(params long[] larger) => Result(larger, [Fresh(this)], []);

    /// <summary>The product element by element: each factor is kept for the gradient of the other. <paramref name="other"/> may have fewer elements.</summary>
    public FakeTensor Times(FakeTensor other)
    {
        List<Storage> saved = [];
        if (other.NeedsGradient) saved.Add(storage);
        if (NeedsGradient) saved.Add(other.storage);
        return Like(Result(shape, [Fresh(this), new Edge(other.Source, other.Bytes, other.Elements == Elements ? 0 : Bytes)], saved));
    }

    /// <summary>Adds in place and returns this.</summary>
    /// <param name="other">May have fewer elements.</param>
    /// <param name="scaled">Whether it is multiplied by a number.</param>
    public FakeTensor AddInPlace(FakeTensor other, bool scaled = false)
    {
        if (viewed is null)
        {
            source = tape.Record([Passed(this), scaled || other.Elements < Elements ? Fresh(other) : Passed(other)], []);
            return this;
        }

        if (!tape.Records || (Source is null && other.Source is null)) return this;
        // CopySlices: a copy of the whole tensor's gradient, and another of the view's.
        var scratch = (viewed.source is null ? viewed.Bytes : 0) + (scaled || other.Source is null ? Bytes : 0);
        viewed.source = tape.Record([new Edge(viewed.source, viewed.Bytes), Fresh(other)], [], scratch);
        viewed.writes++;
        return this;
    }

    /// <summary>Products of stacks of matrices, [n, rows, k] × [n, k, columns]: each factor is kept for the gradient of the other.</summary>
    /// <param name="right">[n, k, columns]; which way round it lies does not matter.</param>
    /// <param name="columns">Columns of the result.</param>
    /// <param name="scaled">Whether the product is multiplied by a number, and its gradients with it.</param>
    public FakeTensor Bmm(FakeTensor right, long columns, bool scaled = false)
    {
        var cost = 2 * Elements * columns;
        tape.Count(new Flops(cost, (NeedsGradient ? cost : 0) + (right.NeedsGradient ? cost : 0), 0));
        List<Storage> saved = [];
        if (right.NeedsGradient) saved.Add(storage);
        if (NeedsGradient) saved.Add(right.storage);
        return Result([shape[0], shape[1], columns], [Fresh(this, scaled), Fresh(right, scaled)], saved);
    }

    /// <summary>The same bytes under another shape of as many elements.</summary>
    public FakeTensor View(params long[] other) => View(other, Passed(this));

    /// <summary>The same, where the gradient has to be copied on the way back, since it lies in another order.</summary>
    public FakeTensor Reordered(params long[] other) => View(other, Fresh(this));

    /// <summary>A part: its gradient is put into zeros of the whole's size.</summary>
    public FakeTensor Part(params long[] other) => View(other, Fresh(this));

    /// <summary>A view with two dimensions exchanged.</summary>
    public FakeTensor Transposed(int one, int other)
    {
        long[] exchanged = [.. shape];
        (exchanged[one], exchanged[other]) = (shape[other], shape[one]);
        var view = View(exchanged, Passed(this));
        view.isTransposed = !isTransposed;
        return view;
    }

    /// <summary>Joins the first two dimensions: a copy of what was transposed, unless the first has one element; else a view.</summary>
    public FakeTensor Reshape(params long[] other) => isTransposed && shape[0] > 1 ? Copy(other) : View(other);

    /// <summary>A copy in another order or shape.</summary>
    public FakeTensor Copy(params long[] other) => Result(other, [Passed(this)], []);

    /// <summary>A copy with zeros at its end.</summary>
    public FakeTensor Padded(params long[] other) => Result(other, [Fresh(this)], []);

    /// <summary>Both side by side in a tensor of that shape; a gradient is a part of the whole's.</summary>
    public FakeTensor Concatenated(FakeTensor other, params long[] whole) => Result(whole, [Passed(this), Passed(other)], []);

    /// <summary>Every entry of a dimension several times.</summary>
    public FakeTensor RepeatInterleave(int dimension, long times)
    {
        long[] repeated = [.. shape];
        repeated[dimension] *= times;
        using var entries = tape.Tensor(sizeof(long), repeated[dimension]);
        return Result(repeated, [Fresh(this)], [entries.storage]);
    }

    /// <summary>The squares; the gradient takes two more tensors of the size.</summary>
    public FakeTensor Square() => Result(shape, [new Edge(Source, Bytes, 2 * Bytes)], [storage]);

    /// <summary>A mean.</summary>
    public FakeTensor Mean(params long[] other) => Result(other, [Fresh(this)], []);

    /// <summary>Rows of a table: the gradient is of the whole table.</summary>
    /// <param name="ids">Their numbers, which are kept.</param>
    public FakeTensor IndexSelect(FakeTensor ids) => Result([ids.Elements, Features], [Fresh(this)], [ids.storage]);

    /// <summary>Cross-entropy: log-softmax, of which the output is kept, then the mean of the labels' entries.</summary>
    /// <param name="labels">Kept as well; null = the batch's own.</param>
    public FakeTensor CrossEntropy(FakeTensor? labels = null)
    {
        using var logs = KeepingOutput();
        using var count = tape.Tensor(elementSize, 1);
        return logs.Result([1], [Fresh(logs)], labels is null ? [logs.storage, count.storage] : [logs.storage, count.storage, labels.storage]);
    }

    /// <summary>The kernel of a norm, of dropout(<paramref name="f"/>) + this where there is one: keeps its output and a number a row.</summary>
    /// <param name="f">Of the same shape.</param>
    public FakeTensor FusedNorm(FakeTensor? f = null)
    {
        using var deviations = tape.Tensor(sizeof(float), Rows);
        var y = tape.Tensor(elementSize, shape);
        Edge[] edges = f is null ? [Fresh(this)] : [Fresh(this), Fresh(f)];
        y.source = tape.Record(edges, [y.storage, deviations.storage], isKernel: true);
        return y;
    }

    /// <summary>The kernel of frozen linear layers that share this input, with low-rank adapters or without: keeps it once, for the gradients of adapters that train.</summary>
    public FakeTensor[] FusedLinear(IReadOnlyList<Projection> layers)
    {
        using var x = Detached();
        List<Edge> edges = [Fresh(this)];
        List<Storage> saved = [];
        List<FakeTensor> results = [], lows = [];
        var scratch = 0L;
        foreach (var layer in layers)
        {
            using var y = x.Linear(tape.Of(layer.Weight).Detached(), layer.Bias is { } bias ? tape.Of(bias).Detached() : null);
            var wide = NeedsGradient ? 2 * Rows * Features * y.Features : 0;
            tape.Count(new Flops(0, wide, 0));
            results.Add(y.Detached());
            if (layer.Adapter is not { Enabled: true, TracedLowRank: { } pair }) continue;
            var (a, b, rank) = (tape.Of(pair.A), tape.Of(pair.B), pair.A.Shape[0]);
            var low = tape.Tensor(sizeof(float), Rows, rank);
            tape.Allocate(b.Bytes).Release();
            var trains = a.NeedsGradient || b.NeedsGradient;
            var (thin, thick) = (2 * Rows * Features * rank, 2 * Rows * rank * y.Features);
            tape.Count(new Flops(thin + thick, (NeedsGradient ? thin : 0) + (NeedsGradient || trains ? thick : 0), trains ? thin + thick : 0));
            // The adapter's own gradients are summed over parts of the rows, then over the parts.
            if (trains) scratch += (Rows + KernelRows - 1) / KernelRows * (a.Bytes + b.Bytes);
            scratch += b.Bytes;
            edges.AddRange([Fresh(a), new Edge(b.Source, b.Bytes, b.Bytes)]);
            if (trains) saved.AddRange([storage, low.storage]);
            lows.Add(low);
        }

        var node = tape.Record(edges, saved, scratch, gathers: layers.Count > 1, isKernel: true);
        foreach (var low in lows) low.Dispose();
        for (var i = 0; i < results.Count; i++)
        {
            if (NeedsGradient || layers[i].Adapter is { Enabled: true, TracedLowRank: { A.Trains: true } or { B.Trains: true } }) results[i].source = layers.Count == 1 ? node : tape.Record([new Edge(node, null)], []);
        }

        return [.. results];
    }

    /// <summary>The kernel of attention: keeps queries, keys, values, its output and a number a row, and the mask.</summary>
    /// <param name="k">[batch, key heads, keys, d].</param>
    /// <param name="v">Likewise.</param>
    /// <param name="mask">Null = none.</param>
    public FakeTensor Attend(FakeTensor k, FakeTensor v, FakeTensor? mask)
    {
        using var queries = Interleaved();
        using var keys = k.Interleaved();
        using var values = v.Interleaved();
        using var logs = tape.Tensor(sizeof(float), Elements / Features);
        var cost = 2 * Elements * k.Shape[2];
        var scores = NeedsGradient || k.NeedsGradient;
        tape.Count(new Flops(2 * cost, ((NeedsGradient ? 1 : 0) + (k.NeedsGradient ? 1 : 0) + (scores ? 1 : 0) + (v.NeedsGradient ? 1 : 0)) * cost, 0));
        var y = tape.Tensor(elementSize, shape);
        List<Storage> saved = [queries.storage, keys.storage, values.storage, y.storage, logs.storage];
        if (mask is not null) saved.Add(mask.storage);
        y.source = tape.Record([Fresh(queries), Fresh(keys), Fresh(values)], saved, isKernel: true);
        y.isTransposed = true;
        return y;
    }

    /// <summary>Heads side by side again: a copy, unless they lie so.</summary>
    public FakeTensor Merged(params long[] other) => isTransposed ? View(other) : Copy(other);

    // What lies as [batch, seq, heads, d], a copy where it does not: a slice of a wider projection.
    private FakeTensor Interleaved() => storage.Bytes == Bytes ? View(shape) : Copy(shape);

    internal static long Count(IEnumerable<long> shape) => shape.Aggregate(1L, (product, size) => product * size);

    private FakeTensor Result(long[] other, IEnumerable<Edge> edges, IEnumerable<Storage> saved, bool isKernel = false) =>
        new(tape, other, elementSize, tape.Allocate(Count(other) * elementSize), tape.Record(edges, saved, isKernel: isKernel));

    // Element by element the first operand's order in memory stays.
    private FakeTensor Like(FakeTensor result)
    {
        result.isTransposed = isTransposed;
        return result;
    }

    private static Edge Fresh(FakeTensor tensor, bool scaled = false) => new(tensor.Source, tensor.Bytes, scaled ? tensor.Bytes : 0);

    private static Edge Passed(FakeTensor tensor) => new(tensor.Source, null);

    private FakeTensor View(long[] other, Edge edge) => new(tape, other, elementSize, storage.Retain(), tape.Record([edge], []), viewed ?? this);
}
