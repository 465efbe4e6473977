using SafeTune.Torch;
using static SafeTune.Torch.Scalars;
using static SafeTune.Torch.LibTorchSharp;
using static TorchSharp.torch;

namespace SafeTune.Kernels;

/// <summary>Scaled dot-product attention that keeps q, k, v, its output and the logarithm of each softmax's sum.</summary>
internal static unsafe class AttentionOperator
{
    /// <summary>softmax(scale q kᵀ + mask) v, with dropout on the probabilities.</summary>
    /// <param name="q">[batch, heads, queries, d], of any strides.</param>
    /// <param name="k">[batch, key heads, keys, d], as is <paramref name="v"/>; each of its heads serves a group of query heads that lie side by side.</param>
    /// <param name="v">Values.</param>
    /// <param name="mask">[m, 1 or heads, 1 or queries, keys], m divides the batch; added to the scores. Null = nothing is.</param>
    /// <param name="scale">Of the scores.</param>
    /// <param name="dropout">Probability, of the attention probabilities.</param>
    /// <param name="isCausal">Query i sees the keys up to i + keys - queries.</param>
    /// <returns>[batch, heads, queries, d], which lies in memory as [batch, queries, heads, d].</returns>
    /// <exception cref="ArgumentException">The tensors do not fit each other.</exception>
    public static Tensor Apply(Tensor q, Tensor k, Tensor v, Tensor? mask, double scale, double dropout, bool isCausal)
    {
        Check(q, k, v, mask);
        using Tensor queries = Interleaved(q), keys = Interleaved(k), values = Interleaved(v);
        var sizes = new Sizes(queries, keys, mask, scale, isCausal, DropoutOperator.Rule(dropout));
        var output = EmptyLike(queries);
        using var lse = empty(sizes.Batch, sizes.Heads, sizes.Shape.Queries);
        float* pq = Floats(queries), pk = Floats(keys), pv = Floats(values), pm = Floats(mask), po = Floats(output), pl = Floats(lse);
        CpuThreads.For(sizes.Batch * sizes.Groups, (begin, end) =>
        {
            using var scratch = new Scratch(CpuKernels.Current.AttentionScratch(sizes.Shape));
            for (var i = begin; i < end; i++)
            {
                var at = sizes.Place(i);
                CpuKernels.Current.Attention(
                    sizes.Shape, at.Head, pq + at.Query, pk + at.Key, pv + at.Key, pm == null ? null : pm + at.Mask, po + at.Query, pl + (at.Head * sizes.Shape.Queries), scratch.Floats);
            }
        });
        if (!AutogradNode.IsWanted(queries, keys, values)) return output;
        bool wantsQ = queries.requires_grad, wantsK = keys.requires_grad, wantsV = values.requires_grad;
        AutogradNode.Attach([queries, keys, values], [output], [queries, keys, values, output, lse, mask], (above, saved) =>
            AutogradNode.IsDifferentiatedAgain ? Composed(sizes, saved, above[0]!) : Gradients(sizes, saved, above[0]!, wantsQ, wantsK, wantsV));
        return output;
    }

    private static Tensor?[] Gradients(Sizes sizes, Tensor?[] saved, Tensor above, bool wantsQ, bool wantsK, bool wantsV)
    {
        using var gradient = Interleaved(above);
        var gq = wantsQ ? EmptyLike(saved[0]!) : null;
        var gk = wantsK ? EmptyLike(saved[1]!) : null;
        var gv = wantsV ? EmptyLike(saved[2]!) : null;
        float* pq = Floats(saved[0]), pk = Floats(saved[1]), pv = Floats(saved[2]), po = Floats(saved[3]), pl = Floats(saved[4]), pm = Floats(saved[5]);
        float* pg = Floats(gradient), toQ = Floats(gq), toK = Floats(gk), toV = Floats(gv);
        CpuThreads.For(sizes.Batch * sizes.Groups, (begin, end) =>
        {
            using var scratch = new Scratch(CpuKernels.Current.AttentionBackwardScratch(sizes.Shape));
            for (var i = begin; i < end; i++)
            {
                var at = sizes.Place(i);
                CpuKernels.Current.AttentionBackward(
                    sizes.Shape, at.Head, pq + at.Query, pk + at.Key, pv + at.Key, pm == null ? null : pm + at.Mask, po + at.Query, pl + (at.Head * sizes.Shape.Queries), pg + at.Query,
                    toQ == null ? null : toQ + at.Query, toK == null ? null : toK + at.Key, toV == null ? null : toV + at.Key, scratch.Floats);
            }
        });
        return [gq, gk, gv];
    }

    // From torch's operators, with the whole matrix of probabilities.
    private static Tensor?[] Composed(Sizes sizes, Tensor?[] saved, Tensor above)
    {
        using var scope = NewDisposeScope();
        var (q, mask, group, shape) = (saved[0]!, saved[5], sizes.Shape.Group, sizes.Shape);
        Tensor keys = Repeated(saved[1]!, group), values = Repeated(saved[2]!, group);
        var scores = q.matmul(keys.transpose(-1, -2)).Times(shape.Scale);
        if (mask is not null) scores = (scores.unflatten(0, sizes.Batch / mask.shape[0], mask.shape[0]).Plus(mask)).flatten(0, 1);
        if (shape.Causal) scores = scores.masked_fill(ones(shape.Queries, shape.Keys, ScalarType.Bool).triu(shape.Keys - shape.Queries + 1), Kept(float.NegativeInfinity));
        var probabilities = scores.softmax(-1);
        var factors = DropoutOperator.Factors(shape.Dropout, sizes.Batch * sizes.Heads * shape.Queries, shape.Keys).view(probabilities.shape);
        var gv = (probabilities * factors).transpose(-1, -2).matmul(above);
        var gp = above.matmul(values.transpose(-1, -2)) * factors;
        var gs = (probabilities * (gp - (gp * probabilities).sum([-1L], keepdim: true))).Times(shape.Scale);
        return [gs.matmul(keys).MoveToOuterDisposeScope(), Gathered(gs.transpose(-1, -2).matmul(q), group).MoveToOuterDisposeScope(), Gathered(gv, group).MoveToOuterDisposeScope()];
    }

    private static Tensor Repeated(Tensor tensor, long times) => times == 1 ? tensor : tensor.repeat_interleave(times, dim: 1);

    // The gradient of what was repeated.
    private static Tensor Gathered(Tensor tensor, long times) => times == 1 ? tensor : tensor.unflatten(1, tensor.shape[1] / times, times).sum([2L]);

    // [batch, heads, seq, d] that lies in memory as [batch, seq, heads, d], as projections give it.
    private static Tensor Interleaved(Tensor tensor)
    {
        var (size, stride) = (tensor.shape, tensor.stride());
        if (stride[3] == 1 && stride[1] == size[3] && stride[2] == size[1] * size[3] && stride[0] == size[2] * stride[2]) return tensor.alias();
        using var transposed = tensor.transpose(1, 2);
        using var contiguous = transposed.contiguous();
        return contiguous.transpose(1, 2);
    }

    private static Tensor EmptyLike(Tensor interleaved)
    {
        var size = interleaved.shape;
        return empty_strided(size, [size[1] * size[2] * size[3], size[3], size[1] * size[3], 1]);
    }

    private static void Check(Tensor q, Tensor k, Tensor v, Tensor? mask)
    {
        Plain.RequireFloats(q);
        Plain.RequireFloats(k);
        Plain.RequireFloats(v);
        Plain.Require(q.dim() == 4 && k.dim() == 4 && v.dim() == 4, "q, k and v must have four dimensions.");
        long[] size = q.shape, keys = k.shape;
        Plain.Require(keys.AsSpan().SequenceEqual(v.shape) && keys[0] == size[0] && keys[3] == size[3] && size[1] % keys[1] == 0, "q, k and v do not fit each other.");
        if (mask is null) return;
        Plain.Require(mask);
        var fits = mask.dim() == 4 && size[0] % mask.shape[0] == 0 && (mask.shape[1] == 1 || mask.shape[1] == size[1]) && (mask.shape[2] == 1 || mask.shape[2] == size[2]) && mask.shape[3] == keys[2];
        Plain.Require(fits, "The mask does not fit q and k.");
    }

    // How the tensors lie in memory.
    private readonly struct Sizes
    {
        private readonly long queriesOfBatch, keysOfBatch, maskBatch, maskStride;

        public Sizes(Tensor q, Tensor k, Tensor? mask, double scale, bool isCausal, DropoutRule dropout)
        {
            long[] size = q.shape, keys = k.shape;
            (Batch, Heads) = (size[0], size[1]);
            (queriesOfBatch, keysOfBatch) = (size[1] * size[2] * size[3], keys[1] * keys[2] * keys[3]);
            // A dimension of 1 repeats.
            long Stride(int dimension) => mask is not null && mask.shape[dimension] > 1 ? mask.stride(dimension) : 0;
            (maskBatch, maskStride) = (mask?.shape[0] ?? 1, Stride(0));
            Shape = new()
            {
                Queries = size[2], Keys = keys[2], Size = size[3], Group = size[1] / keys[1],
                QRow = size[1] * size[3], ORow = size[1] * size[3], QHead = size[3], OHead = size[3],
                KRow = keys[1] * keys[3], VRow = keys[1] * keys[3], MaskHead = Stride(1), MaskRow = Stride(2),
                Scale = (float)scale, Causal = isCausal, Dropout = dropout,
            };
        }

        public AttentionShape Shape { get; }

        public long Batch { get; }

        public long Heads { get; }

        public long Groups => Heads / Shape.Group;

        // Of the i-th group of query heads that share keys: its first head, counted over the batch, and where its queries, keys and mask begin.
        public (long Head, long Query, long Key, long Mask) Place(long i)
        {
            var (batch, group) = (i / Groups, i % Groups);
            var head = group * Shape.Group;
            return ((batch * Heads) + head, (batch * queriesOfBatch) + (head * Shape.Size), (batch * keysOfBatch) + (group * Shape.Size), (batch % maskBatch * maskStride) + (head * Shape.MaskHead));
        }
    }
}
