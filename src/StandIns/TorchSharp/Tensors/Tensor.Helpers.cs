using TorchSharp.Interop;
using static TorchSharp.Interop.Operator;

namespace TorchSharp;

public static partial class torch
{
    public enum RoundingMode
    {
        None,
        trunc,
        floor,
    }

    public partial class Tensor
    {
        public Tensor T => Call("numpy_T", this);
        public Tensor mT => Call("mT", this);

        private static string? Name(RoundingMode mode) => mode == RoundingMode.None ? null : mode.ToString();

        private static Tensor Typed(Tensor result, ScalarType? type) => type is ScalarType t ? result.to_type(t, disposeAfter: true) : result;

        private static Tensor Into(Tensor? target, Tensor result)
        {
            if (target is null) return result;
            using (result) return target.copy_(result);
        }

        private int Wrap(long dim) => (int)(dim < 0 ? dim + ndim : dim);

        private Tensor Converted(ScalarType? type, Device? device, bool copy, bool disposeAfter, bool nonBlocking)
        {
            if (device is not null) InitializeDeviceType(device.type);
            var result = Call("to.dtype_layout", this, type, Arg.None, device, Arg.None, nonBlocking, copy);
            if (disposeAfter) Dispose();
            return result;
        }
    }
}
