using TorchSharp;

using static TorchSharp.torch;

namespace SafeTune.Checkpoints;

/// <summary>One tensor of a file, as the file describes it.</summary>
/// <param name="Name">The tensor's name, unique in the file.</param>
/// <param name="Dtype">Element type in the file.</param>
/// <param name="Shape">Sizes; empty for a scalar.</param>
public sealed record TensorEntry(string Name, ScalarType Dtype, long[] Shape)
{
    /// <summary>Bytes of the tensor's numbers in the type that the file has.</summary>
    public long Bytes => BytesOf(Shape, SafeTensorsDtype.Bytes(Dtype)) ?? throw new OverflowException($"The shape {ShapeText} has too many bytes.");

    /// <summary>The shape as people write it, for example <c>[64, 384]</c>.</summary>
    public string ShapeText => Text(Shape);

    internal static string Text(IEnumerable<long> shape) => $"[{string.Join(", ", shape)}]";

    /// <summary>Bytes of a tensor with these sizes, none negative; null when 64 bits do not hold them, or the strides of a tensor without elements.</summary>
    internal static long? BytesOf(long[] shape, int elementBytes)
    {
        Int128 strides = elementBytes;
        foreach (var size in shape)
        {
            strides *= Math.Max(size, 1);
            if (strides > long.MaxValue) return null;
        }
        return shape.Contains(0) ? 0 : (long)strides;
    }
}
