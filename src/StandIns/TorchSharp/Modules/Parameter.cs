using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>A tensor that modules register as their own. It belongs to no dispose scope.</summary>
public class Parameter : Tensor
{
    public Parameter(Tensor data, bool requires_grad = true) : base(data.DecoupleFromNativeHandle())
    {
        DetachFromDisposeScope();
        this.requires_grad = requires_grad;
    }
}

public sealed class GELU
{
    internal GELU() { }

    public enum Approximate
    {
        none,
        tanh,
    }
}
