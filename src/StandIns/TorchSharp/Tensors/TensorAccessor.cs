using System.Collections;
using static TorchSharp.torch;

namespace TorchSharp.Utils;

/// <summary>Reads and writes the elements of a tensor on the CPU in row-major order, whatever its strides.</summary>
public sealed class TensorAccessor<T> : IDisposable, IEnumerable<T> where T : unmanaged
{
    private readonly Tensor tensor;
    private readonly long[] shape, strides;
    private readonly bool contiguous;

    internal TensorAccessor(Tensor tensor)
    {
        this.tensor = tensor;
        (shape, strides, contiguous, Count) = (tensor.shape, tensor.stride(), tensor.is_contiguous(), tensor.NumberOfElements);
    }

    public long Count { get; }

    public bool IsReadOnly => false;

    public unsafe T this[params long[] indices]
    {
        get => *At(indices);
        set => *At(indices) = value;
    }

    public T[] ToArray()
    {
        var array = new T[Count];
        CopyTo(array);
        return array;
    }

    public void CopyTo(T[] array, int arrayIndex = 0, long tensorIndex = 0) => CopyTo(array.AsSpan(), arrayIndex, tensorIndex);

    public unsafe void CopyTo(Span<T> array, int arrayIndex = 0, long tensorIndex = 0)
    {
        var count = (int)Math.Min(array.Length - arrayIndex, Count - tensorIndex);
        var target = array.Slice(arrayIndex, count);
        if (contiguous) new ReadOnlySpan<T>((T*)tensor.DataPointer() + tensorIndex, count).CopyTo(target);
        else for (var i = 0; i < count; i++) target[i] = *Element(tensorIndex + i);
    }

    public void CopyFrom(T[] array, int arrayIndex = 0, long tensorIndex = 0) => CopyFrom((ReadOnlySpan<T>)array, arrayIndex, tensorIndex);

    public unsafe void CopyFrom(ReadOnlySpan<T> array, int arrayIndex = 0, long tensorIndex = 0)
    {
        var count = (int)Math.Min(array.Length - arrayIndex, Count - tensorIndex);
        var source = array.Slice(arrayIndex, count);
        if (contiguous) source.CopyTo(new Span<T>((T*)tensor.DataPointer() + tensorIndex, count));
        else for (var i = 0; i < count; i++) *Element(tensorIndex + i) = source[i];
    }

    public IEnumerator<T> GetEnumerator()
    {
        for (long i = 0; i < Count; i++) yield return Read(i);
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public void Dispose() { }

    private unsafe T Read(long i) => *Element(i);

    private unsafe T* At(long[] indices)
    {
        if (indices.Length != 1) return Offset(indices);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(indices[0], Count);
        return Element(indices[0] < 0 ? indices[0] + Count : indices[0]);
    }

    private unsafe T* Offset(long[] indices)
    {
        if (indices.Length != shape.Length) throw new ArgumentException($"The tensor has {shape.Length} dimensions, not {indices.Length}.");
        long offset = 0;
        for (var d = 0; d < shape.Length; d++)
        {
            var index = indices[d];
            if (index < 0 || index >= shape[d]) throw new IndexOutOfRangeException();
            offset += index * strides[d];
        }
        return (T*)tensor.DataPointer() + offset;
    }

    private unsafe T* Element(long i)
    {
        if (contiguous) return (T*)tensor.DataPointer() + i;
        long offset = 0;
        for (var d = shape.Length - 1; d >= 0; d--)
        {
            offset += i % shape[d] * strides[d];
            i /= shape[d];
        }
        return (T*)tensor.DataPointer() + offset;
    }
}
