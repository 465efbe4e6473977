using TorchSharp;

using static TorchSharp.torch;

namespace SafeTune.Checkpoints.Pickles;

/// <summary>The names that a pickle of tensors needs. Every other name is refused, and no name ever reaches code outside this folder.</summary>
internal static class PickleGlobals
{
    private static readonly Dictionary<string, PickleGlobal> Known = All().ToDictionary(g => g.Name);

    /// <summary>The global of a module; null when it is not one of these.</summary>
    public static PickleGlobal? Find(string module, string name) => Known.GetValueOrDefault($"{module}.{name}");

    private static IEnumerable<PickleGlobal> All()
    {
        (string Name, ScalarType Type, string Dtype)[] types =
        [
            ("Float", ScalarType.Float32, "float32"), ("Double", ScalarType.Float64, "float64"), ("Half", ScalarType.Float16, "float16"),
            ("BFloat16", ScalarType.BFloat16, "bfloat16"), ("Long", ScalarType.Int64, "int64"), ("Int", ScalarType.Int32, "int32"),
            ("Short", ScalarType.Int16, "int16"), ("Char", ScalarType.Int8, "int8"), ("Byte", ScalarType.Byte, "uint8"), ("Bool", ScalarType.Bool, "bool"),
        ];
        foreach (var (name, type, dtype) in types)
        {
            yield return new($"torch.{name}Storage", type, null);
            // Configurations beside the weights name these.
            yield return new($"torch.{dtype}", null, null);
        }
        yield return new("torch.storage.UntypedStorage", ScalarType.Byte, null);
        yield return new("torch.UntypedStorage", ScalarType.Byte, null);
        yield return new("collections.OrderedDict", null, OrderedDictionary);
        yield return new("torch.Size", null, arguments => arguments is [object?[] sizes] ? sizes : null);
        yield return new("torch._utils._rebuild_tensor", null, arguments => arguments.Length == 4 ? Tensor(arguments) : null);
        yield return new("torch._utils._rebuild_tensor_v2", null, TensorV2);
        yield return new("torch._utils._rebuild_parameter", null, arguments => arguments is [PickledTensor tensor, _, _] ? tensor : null);
    }

    // Python 2 hands the items over; Python 3 sets them afterwards.
    private static PickleDictionary? OrderedDictionary(object?[] arguments)
    {
        PickleDictionary dictionary = new();
        if (arguments is []) return dictionary;
        if (arguments is not [List<object?> items]) return null;
        foreach (var item in items)
        {
            switch (item)
            {
                case object?[] and [var key, var value]: dictionary.Items.Add((key, value)); break;
                case List<object?> and [var key, var value]: dictionary.Items.Add((key, value)); break;
                default: return null;
            }
        }
        return dictionary;
    }

    // (storage, offset, size, stride, requires_grad, hooks, metadata): metadata tells of lazily conjugated or negated views.
    private static PickledTensor? TensorV2(object?[] arguments) => arguments.Length switch
    {
        6 => Tensor(arguments),
        7 when arguments[6] is null or PickleDictionary { Items.Count: 0 } => Tensor(arguments),
        _ => null,
    };

    private static PickledTensor? Tensor(object?[] arguments) =>
        arguments is [PickledStorage storage, long offset, object?[] shape, object?[] strides, ..] && Longs(shape) is { } sizes && Longs(strides) is { } steps
            ? new(storage, offset, sizes, steps)
            : null;

    private static long[]? Longs(object?[] values) => values.All(value => value is long) ? [.. values.Cast<long>()] : null;
}
