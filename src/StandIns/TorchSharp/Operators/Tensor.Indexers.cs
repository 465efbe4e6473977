using System.Runtime.CompilerServices;
using TorchSharp.Interop;
using static TorchSharp.Interop.Operator;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        [IndexerName("TensorItems")]
        public Tensor this[params TensorIndex[] indices]
        {
            get => index(indices);
            set => index_put_(value, indices);
        }

        [IndexerName("TensorItems")]
        public Tensor this[params Tensor[] indices]
        {
            get => index(indices);
            set => index_put_(value, indices);
        }

        [IndexerName("TensorItems")]
        public Tensor this[long i1]
        {
            get => select(0, i1);
            set => Put([i1], value);
        }

        [IndexerName("TensorItems")]
        public Tensor this[long i1, long i2]
        {
            get => Pick([i1, i2]);
            set => Put([i1, i2], value);
        }

        [IndexerName("TensorItems")]
        public Tensor this[long i1, long i2, long i3]
        {
            get => Pick([i1, i2, i3]);
            set => Put([i1, i2, i3], value);
        }

        [IndexerName("TensorItems")]
        public Tensor this[long i1, long i2, long i3, long i4]
        {
            get => Pick([i1, i2, i3, i4]);
            set => Put([i1, i2, i3, i4], value);
        }

        public Tensor index(params TensorIndex[] indices)
        {
            var (view, positions) = View(indices);
            if (positions is null) return view;
            using (view) return Call("index.Tensor", view, Arg.List(positions));
        }

        public Tensor index(params Tensor[] indices) => Call("index.Tensor", this, Arg.List(indices));

        public Tensor index_put_(Tensor value, params Tensor[] indices) => Self("index_put_", this, Arg.List(indices), value);

        public Tensor index_put_(Tensor value, Tensor[] indices, bool accumulate = false) => Self("index_put_", this, Arg.List(indices), value, accumulate);

        public Tensor index_put_(Tensor value, params TensorIndex[] indices) => index_put_(value, indices, false);

        public Tensor index_put_(Tensor value, TensorIndex[] indices, bool accumulate = false)
        {
            var (view, positions) = View(indices);
            using (view)
            {
                if (positions is not null) Self("index_put_", view, Arg.List(positions), value, accumulate);
                else if (accumulate) view.add_(value);
                else view.copy_(value);
            }
            return this;
        }

        public Tensor index_put_(Scalar value, params TensorIndex[] indices)
        {
            using var number = full([], value, dtype, device);
            return index_put_(number, indices, false);
        }

        private Tensor Pick(ReadOnlySpan<long> indices)
        {
            var view = select(0, indices[0]);
            foreach (var i in indices[1..]) Replace(ref view, view.select(0, i));
            return view;
        }

        private void Put(ReadOnlySpan<long> indices, Tensor value)
        {
            using var view = Pick(indices);
            view.copy_(value);
        }

        private static void Replace(ref Tensor view, Tensor next)
        {
            view.Dispose();
            view = next;
        }

        /// <summary>Applies numbers, ranges and new dimensions; what is left are the tensors of positions, one entry per dimension of the view, or null.</summary>
        private (Tensor View, List<Tensor?>? Positions) View(TensorIndex[] indices)
        {
            var consumed = indices.Count(i => i.Kind is TensorIndex.Kinds.Single or TensorIndex.Kinds.Slice) + indices.Where(i => i.Kind == TensorIndex.Kinds.Tensor).Sum(i => i.Positions!.dtype == ScalarType.Bool ? (int)i.Positions.ndim : 1);
            var (view, dim, positions) = (alias(), 0, (List<Tensor?>?)null);
            foreach (var index in indices)
            {
                switch (index.Kind)
                {
                    case TensorIndex.Kinds.Ellipsis:
                        dim += (int)ndim - consumed;
                        break;
                    case TensorIndex.Kinds.Tensor:
                        positions ??= [];
                        while (positions.Count < dim) positions.Add(null);
                        positions.Add(index.Positions);
                        dim += index.Positions!.dtype == ScalarType.Bool ? (int)index.Positions.ndim : 1;
                        break;
                    case TensorIndex.Kinds.Single:
                        Replace(ref view, view.select(dim, index.Index));
                        break;
                    case TensorIndex.Kinds.Slice:
                        Replace(ref view, Call("slice.Tensor", view, (long)dim++, index.Start, index.Stop, index.Step ?? 1));
                        break;
                    default:
                        Replace(ref view, view.unsqueeze(dim++));
                        if (index.Kind == TensorIndex.Kinds.Bool && index.Index == 0)
                            Replace(ref view, view.narrow(dim - 1, 0, 0));
                        break;
                }
            }
            return (view, positions);
        }
    }
}
