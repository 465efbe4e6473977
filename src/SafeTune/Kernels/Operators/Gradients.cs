using static TorchSharp.torch;

namespace SafeTune.Kernels;

/// <summary>Autograd's entry points for models with kernels: what a kernel's backward pass throws, running out of memory say, is thrown here.</summary>
/// <remarks>TorchSharp's own <c>backward</c> and <c>autograd.grad</c> compute the same; there the exception appears at the next kernel instead.</remarks>
public static class Gradients
{
    /// <summary>Adds the gradients of a scalar to those of all leaves it depends on.</summary>
    public static void Backward(this Tensor loss)
    {
        loss.backward();
        End();
    }

    /// <summary>Adds the gradients of leaves that <paramref name="output"/> depends on, given its own.</summary>
    public static void Backward(this Tensor output, Tensor gradient)
    {
        autograd.backward(output, gradient);
        End();
    }

    /// <summary>The gradients of a scalar with respect to <paramref name="inputs"/>.</summary>
    /// <param name="output">A scalar.</param>
    /// <param name="inputs">Tensors that it depends on.</param>
    /// <param name="differentiable">The gradients can be differentiated in turn.</param>
    /// <param name="allowUnused">An input may not matter: its gradient is then an invalid tensor.</param>
    public static IList<Tensor> Of(Tensor output, IList<Tensor> inputs, bool differentiable = false, bool allowUnused = false)
    {
        var found = autograd.grad([output], inputs, retain_graph: differentiable, create_graph: differentiable, allow_unused: allowUnused);
        End();
        return found;
    }

    private static void End()
    {
        AutogradNode.ReleaseGradients();
        AutogradNode.ThrowFailure();
    }
}
