using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>A tensor that modules register as their own. It takes the place of the tensor it is made from, which is then invalid.</summary>
public class Parameter : Tensor
{
    public Parameter(Tensor data, bool requires_grad = true) : base(data) => this.requires_grad = requires_grad;
}
