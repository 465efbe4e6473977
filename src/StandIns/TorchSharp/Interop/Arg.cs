using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace TorchSharp.Interop;

/// <summary>An argument of an operator. default = not given (the schema's default applies), <see cref="None"/> = given as none.</summary>
internal readonly ref struct Arg
{
    private const long NoneTag = 0, TensorTag = 1, IntTag = 2, DoubleTag = 3, BoolTag = 4, IntListTag = 5, DoubleListTag = 6, TensorListTag = 7, StringTag = 8, DeviceTag = 9;

    private readonly long tagPlusOne, bits, length;

    /// <summary>The elements of a list or the bytes of a string; pinned during the call.</summary>
    internal readonly ReadOnlySpan<byte> Elements;

    /// <summary>What must not be finalized during the call.</summary>
    internal readonly object? Owner;

    private Arg(long tag, long bits = 0, long length = 0, ReadOnlySpan<byte> elements = default, object? owner = null)
    {
        (tagPlusOne, this.bits, this.length, Owner) = (tag + 1, bits, length, owner);
        Elements = elements;
    }

    internal static Arg None => new(NoneTag);

    internal bool IsGiven => tagPlusOne != 0;

    internal unsafe Value ToValue(byte* pinned) =>
        new() { Tag = tagPlusOne - 1, Bits = tagPlusOne - 1 is IntListTag or DoubleListTag or TensorListTag or StringTag ? (long)pinned : bits, Length = length };

    public static implicit operator Arg(Tensor? t) => t is null ? None : new(TensorTag, t.Handle, owner: t);
    public static implicit operator Arg(long value) => new(IntTag, value);
    public static implicit operator Arg(long? value) => value is long v ? v : None;
    public static implicit operator Arg(double value) => new(DoubleTag, BitConverter.DoubleToInt64Bits(value));
    public static implicit operator Arg(double? value) => value is double v ? v : None;
    public static implicit operator Arg(bool value) => new(BoolTag, value ? 1 : 0);
    public static implicit operator Arg(ScalarType value) => new(IntTag, (long)value);
    public static implicit operator Arg(ScalarType? value) => value is ScalarType v ? v : None;
    public static implicit operator Arg(Scalar? value) => value is null ? None : value.ToArg();
    public static implicit operator Arg(Device? value) => value is null ? None : new(DeviceTag, (long)value.type, value.index);
    public static implicit operator Arg(ReadOnlySpan<long> values) => new(IntListTag, 0, values.Length, MemoryMarshal.AsBytes(values));
    public static implicit operator Arg(long[]? values) => values is null ? None : (Arg)values.AsSpan();
    public static implicit operator Arg(Span<long> values) => (ReadOnlySpan<long>)values;
    public static implicit operator Arg(double[]? values) => values is null ? None : new(DoubleListTag, 0, values.Length, MemoryMarshal.AsBytes<double>(values));
    public static implicit operator Arg(string? value) => value is null ? None : Text(System.Text.Encoding.UTF8.GetBytes(value));

    /// <summary>A list of tensors; null elements stand for "whole dimension" where the schema takes Tensor?[].</summary>
    internal static Arg List(IReadOnlyList<Tensor?> tensors)
    {
        var handles = new long[tensors.Count];
        for (var i = 0; i < handles.Length; i++) handles[i] = tensors[i]?.Handle ?? 0;
        return new(TensorListTag, 0, handles.Length, MemoryMarshal.AsBytes<long>(handles), tensors);
    }

    private static Arg Text(byte[] utf8) => new(StringTag, 0, utf8.Length, utf8);

    internal static Arg Real(double value) => value;
    internal static Arg Whole(long value) => value;
    internal static Arg Truth(bool value) => value;
}
