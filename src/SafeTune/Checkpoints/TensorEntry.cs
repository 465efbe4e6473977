using TorchSharp;

using static TorchSharp.torch;

namespace SafeTune.Checkpoints;

/// <summary>One tensor of a safetensors file, as its header describes it.</summary>
/// <param name="Name">The tensor's name, unique in the file.</param>
/// <param name="Dtype">Element type in the file.</param>
/// <param name="Shape">Sizes; empty for a scalar.</param>
/// <param name="Begin">First byte, counted from the end of the header.</param>
/// <param name="End">One past the last byte, counted from the end of the header.</param>
public sealed record TensorEntry(string Name, ScalarType Dtype, long[] Shape, long Begin, long End)
{
    /// <summary>Bytes of the tensor in the file.</summary>
    public long Bytes => End - Begin;

    /// <summary>The shape as people write it, for example <c>[64, 384]</c>.</summary>
    public string ShapeText => Text(Shape);

    internal static string Text(IEnumerable<long> shape) => $"[{string.Join(", ", shape)}]";
}
