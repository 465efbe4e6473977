using static TorchSharp.torch;

namespace SafeTune.Checkpoints;

/// <summary>The memory of a contiguous CPU tensor in pieces that fit a span, so that tensors above 2 GiB work as well.</summary>
internal static class TensorBytes
{
    private const long MaxPieceBytes = 1L << 30;

    public delegate void Visitor(Span<byte> bytes);

    public static void Visit(Tensor tensor, Visitor visit)
    {
        var elements = tensor.NumberOfElements;
        if (elements == 0) return;
        using var flat = tensor.view([-1]);
        var pieceElements = MaxPieceBytes / tensor.ElementSize;
        for (var start = 0L; start < elements; start += pieceElements)
        {
            using var piece = flat.narrow(0, start, Math.Min(pieceElements, elements - start));
            visit(piece.bytes);
        }
    }
}
