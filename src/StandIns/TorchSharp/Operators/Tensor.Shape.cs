using TorchSharp.Interop;
using static TorchSharp.Interop.Operator;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        public Tensor view(params long[] shape) => Call("view", this, shape);
        public Tensor view_as(Tensor other) => Call("view_as", this, other);
        public Tensor reshape(params long[] shape) => Call("reshape", this, shape);
        public Tensor flatten(long start_dim = 0, long end_dim = -1) => Call("flatten.using_ints", this, start_dim, end_dim);
        public Tensor unflatten(long dim, long[] sizes) => view([.. this.shape[..Wrap(dim)], .. sizes, .. this.shape[(Wrap(dim) + 1)..]]);
        public Tensor ravel() => Call("ravel", this);
        public Tensor transpose(long dim0, long dim1) => Call("transpose.int", this, dim0, dim1);
        public Tensor transpose_(long dim0, long dim1) => Self("transpose_", this, dim0, dim1);
        public Tensor swapaxes(long dim0, long dim1) => Call("swapaxes", this, dim0, dim1);
        public Tensor swapdims(long dim0, long dim1) => Call("swapdims", this, dim0, dim1);
        public Tensor t() => Call("t", this);
        public Tensor permute(params long[] permutation) => Call("permute", this, permutation);
        public Tensor permute(IEnumerable<long> permutation) => Call("permute", this, permutation.ToArray());
        public Tensor movedim(long[] source, long[] destination) => Call("movedim.intlist", this, source, destination);
        public Tensor moveaxis(long[] source, long[] destination) => Call("moveaxis.intlist", this, source, destination);
        public Tensor unsqueeze(long dim) => Call("unsqueeze", this, dim);
        public Tensor unsqueeze_(long dim) => Self("unsqueeze_", this, dim);
        public Tensor squeeze(long? dim = null) => dim is long d ? Call("squeeze.dim", this, d) : Call("squeeze", this);
        public Tensor squeeze_(long? dim = null) => dim is long d ? Self("squeeze_.dim", this, d) : Self("squeeze_", this);
        public Tensor expand(params long[] sizes) => Call("expand", this, sizes);
        public Tensor expand(long[] sizes, bool isImplicit = false) => Call("expand", this, sizes, isImplicit);
        public Tensor expand(ReadOnlySpan<long> sizes, bool isImplicit = false) => Call("expand", this, sizes, isImplicit);
        public Tensor expand_as(Tensor other) => Call("expand_as", this, other);
        public Tensor broadcast_to(long[] shape) => Call("broadcast_to", this, shape);
        public Tensor narrow(long dim, long start, long length) => Call("narrow", this, dim, start, length);
        public Tensor slice(long dim, long start, long finish, long step) => Call("slice.Tensor", this, dim, start, finish, step);
        public Tensor select(long dim, long index) => Call("select.int", this, dim, index);
        public Tensor as_strided(long[] size, long[] strides, long storageOffset = 0) => Call("as_strided", this, size, strides, storageOffset);
        public Tensor unfold(long dimension, long size, long step) => Call("unfold", this, dimension, size, step);
        public Tensor roll(long shifts, long? dims = null) => dims is long d ? Call("roll", this, (ReadOnlySpan<long>)[shifts], (ReadOnlySpan<long>)[d]) : Call("roll", this, (ReadOnlySpan<long>)[shifts]);
        public Tensor roll(long[] shifts) => Call("roll", this, shifts);
        public Tensor roll(long[] shifts, long[] dims) => Call("roll", this, shifts, dims);
        public Tensor roll(ReadOnlySpan<long> shifts, ReadOnlySpan<long> dims = default) => Call("roll", this, shifts, dims);
        public Tensor roll((long, long) shifts, (long, long) dims) => Call("roll", this, (ReadOnlySpan<long>)[shifts.Item1, shifts.Item2], (ReadOnlySpan<long>)[dims.Item1, dims.Item2]);
        public Tensor repeat(params long[] sizes) => Call("repeat", this, sizes);
        public Tensor repeat_interleave(long repeats, long? dim = null, long? output_size = null) => Call("repeat_interleave.self_int", this, repeats, dim, output_size);
        public Tensor repeat_interleave(Tensor repeats, long? dim = null, long? output_size = null) => Call("repeat_interleave.self_Tensor", this, repeats, dim, output_size);
        public Tensor tile(long[] reps) => Call("tile", this, reps);
        public Tensor flip(params long[] dims) => Call("flip", this, dims);
        public Tensor fliplr() => Call("fliplr", this);
        public Tensor flipud() => Call("flipud", this);
        public Tensor diag(long diagonal = 0) => Call("diag", this, diagonal);
        public Tensor diagonal(long offset = 0, long dim1 = 0, long dim2 = 1) => Call("diagonal", this, offset, dim1, dim2);
        public Tensor diag_embed(long offset = 0, long dim1 = -2, long dim2 = -1) => Call("diag_embed", this, offset, dim1, dim2);
        public Tensor triu(long diagonal = 0) => Call("triu", this, diagonal);
        public Tensor triu_(long diagonal = 0) => Self("triu_", this, diagonal);
        public Tensor tril(long diagonal = 0) => Call("tril", this, diagonal);
        public Tensor tril_(long diagonal = 0) => Self("tril_", this, diagonal);
        public Tensor[] chunk(long chunks, long dim = 0) => Many("chunk", chunks, this, chunks, dim);
        public Tensor[] split(long size, int dim = 0) => Many("split.Tensor", this.size(dim) / Math.Max(1, size) + 1, this, size, (long)dim);
        public Tensor[] split(long[] sizes) => Many("split_with_sizes", sizes.Length, this, sizes);
        public Tensor[] split(long[] sizes, long dim = 0) => Many("split_with_sizes", sizes.Length, this, sizes, dim);
        public Tensor[] split(ReadOnlySpan<long> sizes, long dim = 0) => Many("split_with_sizes", sizes.Length, this, sizes, dim);
        public Tensor[] tensor_split(long size, long dim = 0) => Many("tensor_split.sections", size, this, size, dim);
        public Tensor[] tensor_split(long[] sizes, long dim = 0) => Many("tensor_split.indices", sizes.Length + 1, this, sizes, dim);
        public Tensor[] unbind(long dimension = 0) => Many("unbind.int", this.size((int)dimension), this, dimension);
    }
}
