using System.Numerics;
using System.Runtime.InteropServices;
using TorchSharp.Interop;
using static TorchSharp.Interop.Operator;

namespace TorchSharp;

public static partial class torch
{
    public static Tensor tensor(bool scalar, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => FromSpan([scalar], [], dtype, device, requires_grad, null);
    public static Tensor tensor(byte scalar, Device? device = null, bool requires_grad = false) => FromSpan([scalar], [], null, device, requires_grad, null);
    public static Tensor tensor(sbyte scalar, Device? device = null, bool requires_grad = false) => FromSpan([scalar], [], null, device, requires_grad, null);
    public static Tensor tensor(short scalar, Device? device = null, bool requires_grad = false) => FromSpan([scalar], [], null, device, requires_grad, null);
    public static Tensor tensor(int scalar, Device? device = null, bool requires_grad = false) => FromSpan([scalar], [], null, device, requires_grad, null);
    public static Tensor tensor(long scalar, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => FromSpan([scalar], [], dtype, device, requires_grad, null);
    public static Tensor tensor(float scalar, Device? device = null, bool requires_grad = false) => FromSpan([scalar], [], null, device, requires_grad, null);
    public static Tensor tensor(double scalar, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => FromSpan([scalar], [], dtype, device, requires_grad, null);
    public static Tensor tensor((float, float) scalar, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => FromSpan([scalar], [], dtype, device, requires_grad, null);
    public static Tensor tensor(Complex scalar, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => FromSpan([scalar], [], dtype, device, requires_grad, null);

    public static Tensor from_array(Array rawArray, Device? device = null) => from_array(rawArray, null, device);

    public static Tensor from_array(Array rawArray, ScalarType? dtype, Device? device = null, bool requires_grad = false, string[]? names = null)
    {
        var type = ScalarTypes.Of(rawArray.GetType().GetElementType()!);
        var dimensions = Enumerable.Range(0, rawArray.Rank).Select(d => rawArray.GetLongLength(d)).ToArray();
        ReadOnlySpan<byte> bytes = rawArray.Length == 0 ? [] : MemoryMarshal.CreateReadOnlySpan(ref MemoryMarshal.GetArrayDataReference(rawArray), checked(rawArray.Length * type.Size()));
        return Copied(bytes, type, dimensions, dtype, device, requires_grad, names);
    }

    public static Tensor arange(Scalar stop, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => arange(0L, stop, 1L, dtype, device, requires_grad);

    public static Tensor arange(Scalar start, Scalar stop, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => arange(start, stop, 1L, dtype, device, requires_grad);

    public static Tensor arange(Scalar start, Scalar stop, Scalar step, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        Tracked(Call("arange.start_step", start, stop, step, dtype ?? (start.IsWhole && stop.IsWhole && step.IsWhole ? ScalarType.Int64 : get_default_dtype()), Arg.None, device ?? get_default_device()), requires_grad);

    public static Tensor linspace(double start, double end, long steps, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        Tracked(Call("linspace", start, end, steps, dtype ?? get_default_dtype(), Arg.None, device ?? get_default_device()), requires_grad);

    public static Tensor logspace(double start, double end, long steps, double @base = 10, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        Tracked(Call("logspace", start, end, steps, @base, dtype ?? get_default_dtype(), Arg.None, device ?? get_default_device()), requires_grad);

    public static Tensor eye(long rows, long columns = -1, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        Tracked(Call("eye.m", rows, columns < 0 ? rows : columns, dtype ?? get_default_dtype(), Arg.None, device ?? get_default_device()), requires_grad, names);

    public static Tensor empty_like(Tensor input, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => Tracked(input.empty_like(dtype, device), requires_grad, names);
    public static Tensor zeros_like(Tensor input, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => Tracked(input.zeros_like(dtype, device), requires_grad, names);
    public static Tensor ones_like(Tensor input, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => Tracked(input.ones_like(dtype, device), requires_grad, names);
    public static Tensor full_like(Tensor input, Scalar value, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => Tracked(input.full_like(value, dtype, device), requires_grad, names);
    public static Tensor rand_like(Tensor input, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => input.rand_like(dtype, device, requires_grad);
    public static Tensor randn_like(Tensor input, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => input.randn_like(dtype, device, requires_grad);
    public static Tensor randint_like(Tensor input, long low, long high, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => input.randint_like(low, high, dtype, device, requires_grad);

    public static Tensor randint(long high, long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null, string[]? names = null) => randint(0, high, size, dtype, device, requires_grad, generator, names);

    public static Tensor randint(long low, long high, long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null, string[]? names = null)
    {
        using (Generator.Use(generator)) return Tracked(Call("randint.low", low, high, size, dtype ?? ScalarType.Int64, Arg.None, device ?? get_default_device()), requires_grad, names);
    }

    public static Tensor randperm(long n, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null)
    {
        using (Generator.Use(generator)) return Tracked(Call("randperm", n, dtype ?? ScalarType.Int64, Arg.None, device ?? get_default_device()), requires_grad);
    }

    public static Tensor normal(Tensor mean, Tensor std, Generator? generator = null)
    {
        using (Generator.Use(generator)) return Call("normal.Tensor_Tensor", mean, std);
    }

    internal static Tensor FromScalar(Scalar scalar, ScalarType? dtype, Device? device, bool requires_grad) =>
        Tracked(Call("scalar_tensor", scalar, dtype ?? scalar.Type, Arg.None, device ?? get_default_device()), requires_grad);

    internal static Tensor FromSpan<T>(ReadOnlySpan<T> values, ReadOnlySpan<long> dimensions, ScalarType? dtype, Device? device, bool requires_grad, string[]? names) where T : unmanaged =>
        Copied(MemoryMarshal.AsBytes(values), ScalarTypes.Of(typeof(T)), dimensions, dtype, device, requires_grad, names);

    private static T[] Flat<T>(IList<T> list) => list as T[] ?? [.. list];

    private static Tensor Copied(ReadOnlySpan<byte> bytes, ScalarType type, ReadOnlySpan<long> dimensions, ScalarType? dtype, Device? device, bool requires_grad, string[]? names)
    {
        long count = 1;
        foreach (var size in dimensions) count *= size;
        if (count * type.Size() != bytes.Length)
            throw new ArgumentException($"mismatched total size creating a tensor from an array: {bytes.Length / type.Size()} elements for a shape of {count}.");
        var target = device ?? get_default_device();
        var result = Call("empty.memory_format", dimensions, type, Arg.None, CPU);
        bytes.CopyTo(result.bytes);
        if ((dtype ?? type) != type || target.type != DeviceType.CPU) result = result.to(dtype ?? type, target, disposeAfter: true);
        return Tracked(result, requires_grad, names);
    }

    private static Tensor Tracked(Tensor tensor, bool requires_grad, string[]? names = null)
    {
        if (names is not null) throw new NotSupportedException("Named tensors are not supported.");
        if (requires_grad) tensor.requires_grad = true;
        return tensor;
    }
}
