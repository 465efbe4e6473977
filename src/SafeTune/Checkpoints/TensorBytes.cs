using System.Runtime.ExceptionServices;
using TorchSharp;

using static TorchSharp.torch;

namespace SafeTune.Checkpoints;

/// <summary>The memory of contiguous CPU tensors in pieces that fit a span, so that tensors above 2 GiB work as well.</summary>
internal static class TensorBytes
{
    private const long MaxPieceBytes = 1L << 30;

    // What a conversion needs beside its result: small enough to stay in the processor's cache.
    private const long ConvertedPieceBytes = 1L << 20;

    // Pieces that processors read at the same time: some hundred microseconds of work each.
    private const int ReadPieceBytes = 4 << 20;

    public delegate void Visitor(Span<byte> bytes);

    /// <summary>Fills the span with the stored bytes from an offset on; called from several threads at once.</summary>
    public delegate void Filler(Span<byte> bytes, long offset);

    /// <summary>Visits the bytes of a contiguous tensor on the CPU, in order.</summary>
    public static void Visit(Tensor tensor, Visitor visit) => Pieces(tensor, MaxPieceBytes, (piece, _) => visit(piece.bytes));

    /// <summary>A new tensor of stored bytes.</summary>
    /// <param name="shape">Sizes of the tensor.</param>
    /// <param name="stored">Type of the bytes.</param>
    /// <param name="dtype">Type of the tensor; null = as stored.</param>
    /// <param name="device">Where the tensor goes; null = the CPU.</param>
    /// <param name="fill">Brings the bytes.</param>
    public static Tensor Read(long[] shape, ScalarType stored, ScalarType? dtype, Device? device, Filler fill)
    {
        var tensor = empty(shape, dtype: dtype ?? stored, device: device ?? CPU);
        try
        {
            var isOnCpu = tensor.device_type == DeviceType.CPU;
            if (isOnCpu) Visit(tensor, LargePages.Advise);
            if (isOnCpu && tensor.dtype == stored) Pieces(tensor, MaxPieceBytes, (piece, start) => FillInParallel(piece.bytes, start * piece.ElementSize, fill));
            else Convert(tensor, stored, fill);
            return tensor;
        }
        catch
        {
            tensor.Dispose();
            throw;
        }
    }

    // Most of the time goes into the kernel's zeroing of fresh pages and copying into them, which one processor does at a fraction of the memory's speed.
    private static unsafe void FillInParallel(Span<byte> target, long offset, Filler fill)
    {
        if (target.Length <= ReadPieceBytes)
        {
            fill(target, offset);
            return;
        }
        fixed (byte* first = target)
        {
            var (begin, bytes) = ((nint)first, target.Length);
            try
            {
                Parallel.For(0, (bytes + ReadPieceBytes - 1) / ReadPieceBytes, i =>
                {
                    var start = i * ReadPieceBytes;
                    fill(new Span<byte>((byte*)begin + start, Math.Min(ReadPieceBytes, bytes - start)), offset + start);
                });
            }
            catch (AggregateException e)
            {
                ExceptionDispatchInfo.Throw(e.InnerExceptions[0]);
            }
        }
    }

    private static void Convert(Tensor target, ScalarType stored, Filler fill)
    {
        var elements = Math.Min(target.NumberOfElements, ConvertedPieceBytes / SafeTensorsDtype.Bytes(stored));
        using var buffer = empty([elements], dtype: stored, device: CPU);
        Pieces(target, elements * target.ElementSize, (piece, start) =>
        {
            using var source = buffer.narrow(0, 0, piece.NumberOfElements);
            fill(source.bytes, start * source.ElementSize);
            piece.copy_(source);
        });
    }

    private static void Pieces(Tensor tensor, long pieceBytes, Action<Tensor, long> visit)
    {
        var elements = tensor.NumberOfElements;
        if (elements == 0) return;
        using var flat = tensor.view([-1]);
        var pieceElements = pieceBytes / tensor.ElementSize;
        for (var start = 0L; start < elements; start += pieceElements)
        {
            using var piece = flat.narrow(0, start, Math.Min(pieceElements, elements - start));
            visit(piece, start);
        }
    }
}
