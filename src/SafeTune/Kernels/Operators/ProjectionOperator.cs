using SafeTune.Torch;
using static SafeTune.Torch.LibTorchSharp;
using static TorchSharp.torch;

namespace SafeTune.Kernels;

/// <summary>
/// Frozen linear layers that share their input, with low-rank adapters beside some of them. The input is kept once, and only for adapters that train; its
/// gradient is one sum, in place.
/// </summary>
internal static unsafe class ProjectionOperator
{
    /// <summary>
    /// Rows that one thread takes at a time, few enough for all adapters to find them in its second cache. Weight gradients are summed over each part and
    /// then over the parts, so that they do not depend on the number of threads.
    /// </summary>
    public const long Part = 256;

    // What of a layer is saved for the backward pass, in this order: weight, A, B, and x Aᵀ, what dropout left of x.
    private const int SavedOfLayer = 4;

    /// <summary>The output of each layer: [..., out].</summary>
    /// <param name="x">[..., in].</param>
    /// <param name="layers">At least one.</param>
    /// <exception cref="ArgumentException">The tensors do not fit each other.</exception>
    public static Tensor[] Apply(Tensor x, FrozenLayer[] layers)
    {
        Plain.Require(x);
        foreach (var layer in layers) layer.Check(x.shape[^1]);
        Tensor[] outputs;
        Tensor?[] low;
        using (no_grad())
        {
            outputs = [.. layers.Select(layer => Frozen(x, layer))];
            low = AddAdapters(x, layers, outputs);
        }

        Attach(x, layers, outputs, low);
        foreach (var one in low) one?.Dispose();
        return outputs;
    }

    // The layer without its adapter. No view: autograd would refuse to have an operator's output that is one changed in place.
    private static Tensor Frozen(Tensor x, FrozenLayer layer)
    {
        var y = empty([.. x.shape[..^1], layer.OutFeatures]);
        using Tensor matrix = layer.Matrix(), transposed = matrix.t(), rows = x.view(-1, x.shape[^1]), flat = y.view(-1, layer.OutFeatures);
        if (layer.Bias is not null) flat.copy_(layer.Bias);
        flat.addmm_(rows, transposed, beta: layer.Bias is null ? 0 : 1, alpha: 1);
        return y;
    }

    // Adds the adapters' outputs to y and returns dropout(x) Aᵀ of each: [rows, rank].
    private static Tensor?[] AddAdapters(Tensor x, FrozenLayer[] layers, Tensor[] y)
    {
        using var scope = NewDisposeScope();
        var features = x.shape[^1];
        var rows = x.numel() / features;
        var low = layers.Select(layer => layer.A is null ? null : empty(rows, layer.A.shape[0]).DetachFromDisposeScope()).ToArray();
        AdapterPointers[] adapters = [.. Enumerable.Range(0, layers.Length).Where(i => layers[i].A is not null).Select(i => new AdapterPointers
        {
            Shape = layers[i].Shape, A = Floats(layers[i].A), TransposedB = Floats(layers[i].TransposedB()), Low = Floats(low[i]), Y = Floats(y[i]),
        })];
        if (adapters.Length == 0) return low;
        var input = Floats(x);
        CpuThreads.ForRows(rows, Part, (first, count) =>
        {
            using var scratch = new Scratch(ScratchOf(features));
            foreach (var adapter in adapters) CpuKernels.Current.LowRank(adapter.Shape, first, count, input, adapter.A, adapter.TransposedB, adapter.Low, adapter.Y, scratch.Floats);
        });
        return low;
    }

    private static void Attach(Tensor x, FrozenLayer[] layers, Tensor[] outputs, Tensor?[] low)
    {
        var wantsX = AutogradNode.IsWanted(x);
        var trains = is_grad_enabled() && layers.Any(layer => layer.Trains);
        if (!wantsX && !trains) return;

        // A layer without an adapter that trains needs no gradient of its output where x needs none: then attention computes none of its keys.
        int[] differentiable = [.. Enumerable.Range(0, layers.Length).Where(i => wantsX || layers[i].Trains)];
        Tensor[] inputs = [x, .. layers.Where(layer => layer.A is not null).SelectMany(layer => new[] { layer.A!, layer.B! })];
        Tensor?[] saved = [.. layers.SelectMany((layer, i) => new[] { layer.Weight, layer.A, layer.B, layer.Trains ? low[i] : null }), trains ? x : null];
        var plan = new Plan([.. layers.Select(layer => layer with { Weight = null!, Bias = null, A = null, B = null })], [.. layers.Select(layer => layer.A is not null)], differentiable, x.shape, wantsX);
        AutogradNode.Attach(inputs, [.. differentiable.Select(i => outputs[i])], saved, (above, kept) => Backward(plan, above, kept));
    }

    private static Tensor?[] Backward(Plan plan, Tensor?[] above, Tensor?[] saved)
    {
        using var scope = NewDisposeScope();
        var layers = plan.Layers.Select((layer, i) => layer with { Weight = saved[SavedOfLayer * i]!, A = saved[(SavedOfLayer * i) + 1], B = saved[(SavedOfLayer * i) + 2] }).ToArray();
        var low = layers.Select((_, i) => saved[(SavedOfLayer * i) + 3]).ToArray();
        var gradients = new Tensor?[layers.Length];
        for (var k = 0; k < above.Length; k++) gradients[plan.Differentiable[k]] = above[k]?.contiguous();
        var (gx, ofAdapters) = AutogradNode.IsDifferentiatedAgain
            ? Composed(saved[^1], plan, layers, gradients)
            : (plan.WantsX ? OfInput(layers, gradients) : null, default(Tensor?[]));
        ofAdapters ??= OfAdapters(saved[^1], plan, layers, low, gradients, gx);
        Tensor?[] found = [gx?.view(plan.InputShape), .. Enumerable.Range(0, layers.Length).Where(i => plan.IsAdapted[i]).SelectMany(i => new[] { ofAdapters[2 * i], ofAdapters[(2 * i) + 1] })];
        foreach (var one in found) one?.MoveToOuterDisposeScope();
        return found;
    }

    // What the frozen weights contribute: [rows, in].
    private static Tensor? OfInput(FrozenLayer[] layers, Tensor?[] above)
    {
        Tensor? sum = null;
        for (var i = 0; i < layers.Length; i++)
        {
            if (above[i] is not { } gradient) continue;
            using Tensor gy = gradient.view(-1, gradient.shape[^1]), matrix = layers[i].Matrix();
            if (sum is null) sum = gy.mm(matrix);
            else sum.addmm_(gy, matrix, beta: 1, alpha: 1);
        }

        return sum;
    }

    // Adds the adapters' share to gx, where there is one, and returns the gradients of their own matrices, A and B of each, where they train.
    private static Tensor?[] OfAdapters(Tensor? x, Plan plan, FrozenLayer[] layers, Tensor?[] low, Tensor?[] above, Tensor? gx)
    {
        var features = plan.InputShape[^1];
        var rows = plan.InputShape.Aggregate(1L, (product, size) => product * size) / features;
        var parts = (rows + Part - 1) / Part;
        var sums = new (Tensor A, Tensor B)?[layers.Length];
        var adapters = new List<AdapterPointers>();
        for (var i = 0; i < layers.Length; i++)
        {
            if (!plan.IsAdapted[i] || above[i] is null || (gx is null && low[i] is null)) continue;
            var shape = layers[i].Shape;
            if (low[i] is not null) sums[i] = (zeros(parts, shape.Rank, shape.In), zeros(parts, shape.Rank, shape.Out));
            adapters.Add(new()
            {
                Shape = shape, A = Floats(layers[i].A), TransposedB = Floats(layers[i].TransposedB()), Low = Floats(low[i]), Y = Floats(above[i]),
                GradientA = Floats(sums[i]?.A), GradientB = Floats(sums[i]?.B),
            });
        }

        var found = new Tensor?[2 * layers.Length];
        if (adapters.Count == 0) return found;
        float* input = Floats(x), toX = Floats(gx);
        CpuThreads.ForRows(rows, Part, (first, count) =>
        {
            using var scratch = new Scratch(ScratchOf(features));
            foreach (var adapter in adapters)
            {
                var (a, b) = (adapter.Shape.Rank * adapter.Shape.In * (first / Part), adapter.Shape.Rank * adapter.Shape.Out * (first / Part));
                CpuKernels.Current.LowRankBackward(
                    adapter.Shape, first, count, input, adapter.Low, adapter.Y, adapter.A, adapter.TransposedB,
                    adapter.GradientA == null ? null : adapter.GradientA + a, adapter.GradientB == null ? null : adapter.GradientB + b, toX, scratch.Floats);
            }
        });
        for (var i = 0; i < layers.Length; i++)
        {
            if (sums[i] is not { } sum) continue;
            found[2 * i] = sum.A.sum([0L]);
            found[(2 * i) + 1] = sum.B.sum([0L]).t().contiguous();
        }

        return found;
    }

    // The same gradients from torch's operators, differentiable.
    private static (Tensor? OfInput, Tensor?[] OfAdapters) Composed(Tensor? x, Plan plan, FrozenLayer[] layers, Tensor?[] above)
    {
        Tensor? sum = null;
        var found = new Tensor?[2 * layers.Length];
        for (var i = 0; i < layers.Length; i++)
        {
            if (above[i] is not { } gradient) continue;
            var layer = layers[i];
            var gy = gradient.reshape(-1, gradient.shape[^1]);
            Add(gy.mm(layer.Matrix()));
            if (!plan.IsAdapted[i]) continue;
            var back = gy.mm(layer.B!).Times(layer.Scale);
            Add(DropoutOperator.Apply(back.mm(layer.A!), layer.Dropout));
            if (x is null) continue;
            var seen = DropoutOperator.Apply(x, layer.Dropout).reshape(-1, x.shape[^1]);
            found[2 * i] = back.t().mm(seen);
            found[(2 * i) + 1] = gy.t().mm(seen.mm(layer.A!.t())).Times(layer.Scale);
        }

        return (sum, found);

        void Add(Tensor term) => sum = sum is null ? term : sum.Plus(term);
    }

    private static long ScratchOf(long features) => CpuKernels.TilesOf(features) * CpuKernels.TileWidth;

    // What the backward pass knows besides the saved tensors; its layers are without theirs.
    private sealed record Plan(FrozenLayer[] Layers, bool[] IsAdapted, int[] Differentiable, long[] InputShape, bool WantsX);

    // Y is the layer's output, or its gradient.
    private struct AdapterPointers
    {
        public LowRankShape Shape;
        public float* A, TransposedB, Low, Y, GradientA, GradientB;
    }
}
