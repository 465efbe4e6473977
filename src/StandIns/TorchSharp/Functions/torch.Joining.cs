using TorchSharp.Interop;
using static TorchSharp.Interop.Operator;

namespace TorchSharp;

public static partial class torch
{
    public static Tensor cat(IList<Tensor> tensors, long dim = 0) => Call("cat", Arg.List(List(tensors)), dim);
    public static Tensor cat(Tensor[] tensors, long dim = 0) => Call("cat", Arg.List(tensors), dim);
    public static Tensor cat(ReadOnlySpan<Tensor> tensors, long dim = 0) => Call("cat", Arg.List(tensors.ToArray()), dim);
    public static Tensor concat(IList<Tensor> tensors, long dim = 0) => cat(tensors, dim);
    public static Tensor concat(Tensor[] tensors, long dim = 0) => cat(tensors, dim);
    public static Tensor stack(IEnumerable<Tensor> tensors, long dim = 0) => Call("stack", Arg.List(tensors.ToArray()), dim);
    public static Tensor vstack(Tensor[] tensors) => Call("vstack", Arg.List(tensors));
    public static Tensor hstack(Tensor[] tensors) => Call("hstack", Arg.List(tensors));
    public static Tensor block_diag(params Tensor[] tensors) => Call("block_diag", Arg.List(tensors));
    public static Tensor einsum(string equation, params Tensor[] tensors) => Call("einsum", equation, Arg.List(tensors));
    public static Tensor where(Tensor condition, Tensor x, Tensor y) => Call("where.self", condition, x, y);
    public static Tensor[] where(Tensor condition) => Many("where", Math.Max(1, condition.ndim), condition);
    public static Tensor[] meshgrid(IEnumerable<Tensor> tensors, string indexing = "ij") => Meshed(tensors.ToArray(), indexing);
    public static Tensor[] split(Tensor tensor, long[] split_size_or_sections, long dim = 0) => tensor.split(split_size_or_sections, dim);
    public static IList<Tensor> broadcast_tensors(params Tensor[] tensors) => Many("broadcast_tensors", tensors.Length, Arg.List(tensors));

    public static Tensor softmax(Tensor input, int dim, ScalarType? dtype = null) => input.softmax(dim, dtype);
    public static Tensor addmm(Tensor input, Tensor mat1, Tensor mat2, float beta, float alpha) => input.addmm(mat1, mat2, beta, alpha);
    public static Tensor norm(Tensor input, float p = 2) => input.norm(p);
    public static Tensor norm(Tensor input, int dimension, bool keepdim = false, float p = 2) => input.norm(dimension, keepdim, p);
    public static Tensor bincount(Tensor input, Tensor? weights = null, long minlength = 0) => Call("bincount", input, weights, minlength);
    public static long numel(Tensor input) => input.numel();
    public static bool is_tensor(object obj) => obj is Tensor;
    public static bool is_floating_point(ScalarType type) => type.IsFloating();
    public static bool is_floating_point(Tensor input) => input.is_floating_point();
    public static bool is_integral(ScalarType type) => type.IsWhole() || type == ScalarType.Bool;
    public static bool is_complex(ScalarType type) => type.IsComplex();
    public static ScalarType result_type(Tensor tensor1, Tensor tensor2) => (ScalarType)Number("result_type.Tensor", tensor1, tensor2);

    private static IReadOnlyList<Tensor> List(IList<Tensor> tensors) => tensors as IReadOnlyList<Tensor> ?? [.. tensors];

    private static Tensor[] Meshed(Tensor[] tensors, string indexing) => Many("meshgrid.indexing", tensors.Length, Arg.List(tensors), indexing);
}
