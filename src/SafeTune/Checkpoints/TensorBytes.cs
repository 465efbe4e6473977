using TorchSharp;

using static TorchSharp.torch;

namespace SafeTune.Checkpoints;

/// <summary>The memory of contiguous CPU tensors in pieces that fit a span, so that tensors above 2 GiB work as well.</summary>
internal static class TensorBytes
{
    private const long MaxPieceBytes = 1L << 30;

    // What a conversion needs beside its result: small enough to stay in the processor's cache.
    private const long ConvertedPieceBytes = 1L << 20;

    public delegate void Visitor(Span<byte> bytes);

    /// <summary>Visits the bytes of a contiguous tensor on the CPU, in order.</summary>
    public static void Visit(Tensor tensor, Visitor visit) => Pieces(tensor, MaxPieceBytes, piece => visit(piece.bytes));

    /// <summary>A new tensor whose bytes, in the type they are stored in, <paramref name="fill"/> brings in order.</summary>
    /// <param name="shape">Sizes of the tensor.</param>
    /// <param name="stored">Type of the bytes.</param>
    /// <param name="dtype">Type of the tensor; null = as stored.</param>
    /// <param name="device">Where the tensor goes; null = the CPU.</param>
    /// <param name="fill">Told to fill one span after the other.</param>
    public static Tensor Read(long[] shape, ScalarType stored, ScalarType? dtype, Device? device, Visitor fill)
    {
        var tensor = empty(shape, dtype: dtype ?? stored, device: device ?? CPU);
        try
        {
            if (tensor.dtype == stored && tensor.device_type == DeviceType.CPU) Visit(tensor, fill);
            else Convert(tensor, stored, fill);
            return tensor;
        }
        catch
        {
            tensor.Dispose();
            throw;
        }
    }

    private static void Convert(Tensor target, ScalarType stored, Visitor fill)
    {
        var elements = Math.Min(target.NumberOfElements, ConvertedPieceBytes / SafeTensorsDtype.Bytes(stored));
        using var buffer = empty([elements], dtype: stored, device: CPU);
        Pieces(target, elements * target.ElementSize, piece =>
        {
            using var source = buffer.narrow(0, 0, piece.NumberOfElements);
            fill(source.bytes);
            piece.copy_(source);
        });
    }

    private static void Pieces(Tensor tensor, long pieceBytes, Action<Tensor> visit)
    {
        var elements = tensor.NumberOfElements;
        if (elements == 0) return;
        using var flat = tensor.view([-1]);
        var pieceElements = pieceBytes / tensor.ElementSize;
        for (var start = 0L; start < elements; start += pieceElements)
        {
            using var piece = flat.narrow(0, start, Math.Min(pieceElements, elements - start));
            visit(piece);
        }
    }
}
