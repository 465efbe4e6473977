using TorchSharp;

using static TorchSharp.torch;

namespace SafeTune.Checkpoints;

/// <summary>The element types that both safetensors and torch have, with the format's names and sizes.</summary>
internal static class SafeTensorsDtype
{
    // In the order of the reference implementation, which writes the types with the strictest alignment first.
    private static readonly (string Name, ScalarType Type, int Bytes)[] Known =
    [
        ("I64", ScalarType.Int64, 8), ("F64", ScalarType.Float64, 8), ("F32", ScalarType.Float32, 4), ("I32", ScalarType.Int32, 4),
        ("BF16", ScalarType.BFloat16, 2), ("F16", ScalarType.Float16, 2), ("I16", ScalarType.Int16, 2), ("I8", ScalarType.Int8, 1),
        ("U8", ScalarType.Byte, 1), ("BOOL", ScalarType.Bool, 1),
    ];

    public static string Names => string.Join(", ", Known.Select(k => k.Name));

    public static ScalarType? Find(string name) => Index(k => k.Name == name) is >= 0 and var i ? Known[i].Type : null;

    public static string? Name(ScalarType type) => Index(k => k.Type == type) is >= 0 and var i ? Known[i].Name : null;

    public static int Bytes(ScalarType type) => Known[Order(type)].Bytes;

    /// <summary>Where tensors of this type stand in a file.</summary>
    public static int Order(ScalarType type) => Index(k => k.Type == type);

    private static int Index(Predicate<(string Name, ScalarType Type, int Bytes)> match) => Array.FindIndex(Known, match);
}
