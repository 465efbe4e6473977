namespace TorchSharp;

public static partial class torch
{
    /// <summary>One part of an index expression: a number, a range, "...", a new dimension or a tensor of positions.</summary>
    public struct TensorIndex
    {
        internal enum Kinds { None, Ellipsis, Single, Slice, Bool, Tensor }

        internal Kinds Kind { get; private init; }
        internal long Index { get; private init; }
        internal long? Start { get; private init; }
        internal long? Stop { get; private init; }
        internal long? Step { get; private init; }
        internal Tensor? Positions { get; private init; }

        public static readonly TensorIndex None = new() { Kind = Kinds.None };
        public static readonly TensorIndex Null = None;
        public static readonly TensorIndex Ellipsis = new() { Kind = Kinds.Ellipsis };
        public static readonly TensorIndex Colon = Slice();

        public static TensorIndex Slice(long? start = null, long? stop = null, long? step = null) => new() { Kind = Kinds.Slice, Start = start, Stop = stop, Step = step };

        public static TensorIndex Slice((int?, int?) range) => Slice(range.Item1, range.Item2);

        public static TensorIndex Slice(Range range) => Slice(
            range.Start.IsFromEnd ? -range.Start.Value : range.Start.Value,
            !range.End.IsFromEnd ? range.End.Value : range.End.Value == 0 ? null : -range.End.Value);

        public static TensorIndex Bool(bool value) => new() { Kind = Kinds.Bool, Index = value ? 1 : 0 };

        public static TensorIndex Single(long? index) => index is long i ? new() { Kind = Kinds.Single, Index = i } : None;

        public static TensorIndex Tensor(Tensor tensor) => new() { Kind = Kinds.Tensor, Positions = tensor };

        public static implicit operator TensorIndex(long value) => Single(value);
        public static implicit operator TensorIndex((int?, int?) range) => Slice(range);
        public static implicit operator TensorIndex(Range range) => Slice(range);
        public static implicit operator TensorIndex(Index index) => Single(index.IsFromEnd ? -index.Value : index.Value);
    }
}
