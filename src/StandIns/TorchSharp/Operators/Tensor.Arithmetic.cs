using TorchSharp.Interop;
using static TorchSharp.Interop.Operator;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        public Tensor add(Scalar scalar) => Call("add.Scalar", this, scalar);
        public Tensor add(Scalar scalar, Scalar alpha) => Call("add.Scalar", this, scalar, alpha);
        public Tensor add(Tensor target) => Call("add.Tensor", this, target);
        public Tensor add(Tensor target, Scalar alpha) => Call("add.Tensor", this, target, alpha);
        public Tensor add_(Scalar scalar) => Self("add_.Scalar", this, scalar);
        public Tensor add_(Scalar scalar, Scalar alpha) => Self("add_.Scalar", this, scalar, alpha);
        public Tensor add_(Tensor target) => Self("add_.Tensor", this, target);
        public Tensor add_(Tensor target, Scalar alpha) => Self("add_.Tensor", this, target, alpha);
        public Tensor sub(Scalar target) => Call("sub.Scalar", this, target);
        public Tensor sub(Tensor target) => Call("sub.Tensor", this, target);
        public Tensor sub_(Scalar target) => Self("sub_.Scalar", this, target);
        public Tensor sub_(Tensor target) => Self("sub_.Tensor", this, target);
        public Tensor subtract(Scalar target) => sub(target);
        public Tensor subtract(Tensor target) => sub(target);
        public Tensor subtract_(Scalar target) => sub_(target);
        public Tensor subtract_(Tensor target) => sub_(target);
        public Tensor mul(Scalar target) => Call("mul.Scalar", this, target);
        public Tensor mul(Tensor target) => Call("mul.Tensor", this, target);
        public Tensor mul_(Scalar target) => Self("mul_.Scalar", this, target);
        public Tensor mul_(Tensor target) => Self("mul_.Tensor", this, target);
        public Tensor multiply(Scalar target) => mul(target);
        public Tensor multiply(Tensor target) => mul(target);
        public Tensor div(Scalar target, RoundingMode rounding_mode = RoundingMode.None) => Call("div.Scalar_mode", this, target, Name(rounding_mode));
        public Tensor div(Tensor target, RoundingMode rounding_mode = RoundingMode.None) => Call("div.Tensor_mode", this, target, Name(rounding_mode));
        public Tensor div_(Scalar target, RoundingMode rounding_mode = RoundingMode.None) => Self("div_.Scalar_mode", this, target, Name(rounding_mode));
        public Tensor div_(Tensor target, RoundingMode rounding_mode = RoundingMode.None) => Self("div_.Tensor_mode", this, target, Name(rounding_mode));
        public Tensor divide(Scalar target, RoundingMode rounding_mode = RoundingMode.None) => div(target, rounding_mode);
        public Tensor divide(Tensor target, RoundingMode rounding_mode = RoundingMode.None) => div(target, rounding_mode);
        public Tensor divide_(Scalar target, RoundingMode rounding_mode = RoundingMode.None) => div_(target, rounding_mode);
        public Tensor divide_(Tensor target, RoundingMode rounding_mode = RoundingMode.None) => div_(target, rounding_mode);
        public Tensor true_divide(Scalar other) => Call("div.Scalar", this, other);
        public Tensor true_divide(Tensor other) => Call("div.Tensor", this, other);
        public Tensor true_divide_(Scalar other) => Self("div_.Scalar", this, other);
        public Tensor true_divide_(Tensor other) => Self("div_.Tensor", this, other);
        public Tensor floor_divide(Scalar other) => Call("floor_divide.Scalar", this, other);
        public Tensor floor_divide(Tensor other) => Call("floor_divide", this, other);
        public Tensor floor_divide_(Scalar other) => Self("floor_divide_.Scalar", this, other);
        public Tensor floor_divide_(Tensor other) => Self("floor_divide_.Tensor", this, other);
        public Tensor remainder(Scalar scalar) => Call("remainder.Scalar", this, scalar);
        public Tensor remainder(Tensor target) => Call("remainder.Tensor", this, target);
        public Tensor remainder_(Scalar scalar) => Self("remainder_.Scalar", this, scalar);
        public Tensor remainder_(Tensor target) => Self("remainder_.Tensor", this, target);
        public Tensor fmod(Scalar scalar) => Call("fmod.Scalar", this, scalar);
        public Tensor fmod(Tensor target) => Call("fmod.Tensor", this, target);
        public Tensor fmod_(Scalar scalar) => Self("fmod_.Scalar", this, scalar);
        public Tensor fmod_(Tensor target) => Self("fmod_.Tensor", this, target);
        public Tensor pow(Scalar exponent) => Call("pow.Tensor_Scalar", this, exponent);
        public Tensor pow(Tensor exponent) => Call("pow.Tensor_Tensor", this, exponent);
        public Tensor pow_(Scalar exponent) => Self("pow_.Scalar", this, exponent);
        public Tensor pow_(Tensor exponent) => Self("pow_.Tensor", this, exponent);
        public Tensor atan2(Tensor other) => Call("atan2", this, other);
        public Tensor hypot(Tensor other) => Call("hypot", this, other);
        public Tensor xlogy(Tensor y) => Call("xlogy.Tensor", this, y);
        public Tensor xlogy_(Tensor y) => Self("xlogy_.Tensor", this, y);
        public Tensor logaddexp(Tensor other) => Call("logaddexp", this, other);
        public Tensor lerp(Tensor end, Tensor weight) => Call("lerp.Tensor", this, end, weight);
        public Tensor lerp_(Tensor end, Tensor weight) => Self("lerp_.Tensor", this, end, weight);
        public Tensor addcmul(Tensor tensor1, Tensor tensor2, Scalar value) => Call("addcmul", this, tensor1, tensor2, value);
        public Tensor addcmul_(Tensor tensor1, Tensor tensor2, Scalar value) => Self("addcmul_", this, tensor1, tensor2, value);
        public Tensor addcdiv(Tensor tensor1, Tensor tensor2) => Call("addcdiv", this, tensor1, tensor2);
        public Tensor addcdiv(Tensor tensor1, Tensor tensor2, Scalar value) => Call("addcdiv", this, tensor1, tensor2, value);
        public Tensor addcdiv_(Tensor tensor1, Tensor tensor2) => Self("addcdiv_", this, tensor1, tensor2);
        public Tensor addcdiv_(Tensor tensor1, Tensor tensor2, Scalar value) => Self("addcdiv_", this, tensor1, tensor2, value);
        public Tensor maximum(Tensor other) => Call("maximum", this, other);
        public Tensor minimum(Tensor other) => Call("minimum", this, other);
        public Tensor fmax(Tensor other) => Call("fmax", this, other);
        public Tensor fmin(Tensor other) => Call("fmin", this, other);
        public Tensor copysign(Tensor other) => Call("copysign.Tensor", this, other);
    }
}
