using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        public ScalarType dtype => (ScalarType)Info().Dtype;

        public DeviceType device_type => (DeviceType)Info().DeviceType;

        public int device_index => (int)Info().DeviceIndex;

        public Device device
        {
            get
            {
                var info = Info();
                return info.DeviceType == 0 ? CPU : new Device((DeviceType)info.DeviceType, (int)info.DeviceIndex);
            }
        }

        public long ndim => Info().Dimensions;
        public long Dimensions => ndim;
        public long dim() => ndim;
        public long NumberOfElements => Info().Elements;
        public long numel() => NumberOfElements;
        public long ElementSize => dtype.Size();
        public long element_size() => ElementSize;

        public unsafe long[] shape
        {
            get
            {
                var sizes = new long[ndim];
                fixed (long* first = sizes) Native.Check(Native.st_tensor_sizes(Handle, first));
                GC.KeepAlive(this);
                return sizes;
            }
        }

        public long[] size() => shape;

        public long size(int dim)
        {
            var sizes = shape;
            return sizes[dim < 0 ? dim + sizes.Length : dim];
        }

        public unsafe long[] stride()
        {
            var strides = new long[ndim];
            fixed (long* first = strides) Native.Check(Native.st_tensor_strides(Handle, first));
            GC.KeepAlive(this);
            return strides;
        }

        public long stride(int dim)
        {
            var strides = stride();
            return strides[dim < 0 ? dim + strides.Length : dim];
        }

        public bool is_leaf => Flags().IsLeaf != 0;
        public bool is_contiguous() => Flags().IsContiguous != 0;
        public bool is_cpu() => device_type == DeviceType.CPU;
        public bool is_cuda => device_type == DeviceType.CUDA;
        public bool is_meta => device_type == DeviceType.META;
        public bool is_floating_point() => dtype.IsFloating();
        public bool is_integral() => dtype.IsWhole() || dtype == ScalarType.Bool;
        public bool is_complex() => dtype.IsComplex();

        public bool requires_grad
        {
            get => Flags().RequiresGrad != 0;
            set
            {
                Native.Check(Native.st_tensor_set_requires_grad(Handle, value ? 1 : 0));
                GC.KeepAlive(this);
            }
        }

        public Tensor requires_grad_(bool requires_grad = true)
        {
            this.requires_grad = requires_grad;
            return this;
        }

        public Tensor with_requires_grad(bool requires_grad = true) => requires_grad_(requires_grad);

        /// <summary>The gradient, a new object each time; null when there is none.</summary>
        public unsafe Tensor? grad
        {
            get
            {
                nint found;
                Native.Check(Native.st_tensor_grad(Handle, &found));
                GC.KeepAlive(this);
                return found == 0 ? null : new Tensor(found);
            }
            set
            {
                Native.Check(Native.st_tensor_set_grad(Handle, value?.Handle ?? 0));
                GC.KeepAlive(this);
                GC.KeepAlive(value);
            }
        }

        public override string ToString() =>
            IsInvalid ? "[invalid]" : FormattableString.Invariant($"[{string.Join('x', shape)}], type = {dtype}, device = {device}");

        public override int GetHashCode() => handle.GetHashCode();

        public override bool Equals(object? obj) => obj is Tensor other && Equals(other);

        public bool Equals(Tensor target) => ReferenceEquals(this, target) || (!IsInvalid && !target.IsInvalid && Operator.Number("equal", this, target) != 0);

        private unsafe (long Dtype, long Dimensions, long Elements, long DeviceType, long DeviceIndex) Info()
        {
            long dtype, dimensions, elements, deviceType, deviceIndex;
            Native.Check(Native.st_tensor_info(Handle, &dtype, &dimensions, &elements, &deviceType, &deviceIndex));
            GC.KeepAlive(this);
            return (dtype, dimensions, elements, deviceType, deviceIndex);
        }

        private unsafe (int RequiresGrad, int IsLeaf, int IsContiguous) Flags()
        {
            int requiresGrad, isLeaf, isContiguous, isDefined;
            Native.Check(Native.st_tensor_flags(Handle, &requiresGrad, &isLeaf, &isContiguous, &isDefined));
            GC.KeepAlive(this);
            return (requiresGrad, isLeaf, isContiguous);
        }
    }
}
