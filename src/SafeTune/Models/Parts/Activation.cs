using SafeTune.Torch;
using static SafeTune.Torch.Scalars;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SafeTune.Models;

/// <summary>An activation by the name that config.json gives it, as transformers' ACT2FN computes it; those with weights or other formulas are not known.</summary>
public sealed class Activation : Component
{
    private readonly string name;

    /// <param name="name">One of <see cref="Known"/>.</param>
    /// <exception cref="ArgumentException">It is not known.</exception>
    public Activation(string name) => this.name = Known.Contains(name) ? name : throw new ArgumentException($"The activation '{name}' is not known.");

    /// <summary>The names; several formulas have more than one.</summary>
    public static IReadOnlyList<string> Known { get; } =
    [
        "gelu", "gelu_python", "gelu_new", "gelu_fast", "gelu_accurate", "gelu_pytorch_tanh", "gelu_python_tanh", "quick_gelu",
        "relu", "relu2", "relu6", "leaky_relu", "silu", "swish", "sigmoid", "tanh", "linear",
    ];

    /// <summary>The same shape.</summary>
    public Tensor Forward(Tensor x) => name switch
    {
        // Hendrycks and Gimpel 2016, with erf.
        "gelu" or "gelu_python" => Kernels.Fused && FusedOperators.Take(x) ? FusedOperators.Gelu(x) : x.gelu(),
        "quick_gelu" => QuickGelu(x),
        "relu" => x.relu(),
        "relu2" => SquaredRelu(x),
        "relu6" => functional.relu6(x),
        "leaky_relu" => x.leaky_relu(Kept(0.01)),
        "silu" or "swish" => x.silu(),
        "sigmoid" => x.sigmoid(),
        "tanh" => x.tanh(),
        "linear" => x.alias(),
        // The same paper's approximation with tanh, which transformers writes down in five ways.
        _ => functional.gelu(x, TorchSharp.Modules.GELU.Approximate.tanh),
    };

    /// <summary>Traces <see cref="Forward(Tensor)"/>; the kernel keeps what torch's operator does.</summary>
    public FakeTensor Trace(FakeTensor x) => name switch
    {
        "gelu" or "gelu_python" => x.KeepingInput(isKernel: Kernels.Fused),
        "quick_gelu" => TraceQuickGelu(x),
        "relu" or "sigmoid" or "tanh" => x.KeepingOutput(),
        "relu2" => TraceSquaredRelu(x),
        "linear" => x.Alias(),
        _ => x.KeepingInput(),
    };

    private static Tensor QuickGelu(Tensor x)
    {
        using var scaled = x.Times(1.702);
        using var gate = scaled.sigmoid();
        return x.mul(gate);
    }

    private static FakeTensor TraceQuickGelu(FakeTensor x)
    {
        using var scaled = x.Scaled();
        using var gate = scaled.KeepingOutput();
        return x.Times(gate);
    }

    private static Tensor SquaredRelu(Tensor x)
    {
        using var positive = x.relu();
        return positive * positive;
    }

    private static FakeTensor TraceSquaredRelu(FakeTensor x)
    {
        using var positive = x.KeepingOutput();
        return positive.Square();
    }
}
