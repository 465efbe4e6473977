using System.Runtime.CompilerServices;
using TorchSharp;
using static TorchSharp.torch;

namespace SafeTune.Kernels;

/// <summary>What kernels take: float32 on the CPU, contiguous.</summary>
internal static class Plain
{
    /// <exception cref="ArgumentException">The tensor is something else.</exception>
    public static void Require(Tensor tensor, [CallerArgumentExpression(nameof(tensor))] string name = "")
    {
        RequireFloats(tensor, name);
        Require(tensor.is_contiguous(), $"{name} must be contiguous.");
    }

    /// <exception cref="ArgumentException">The tensor lies elsewhere or is of another type.</exception>
    public static void RequireFloats(Tensor tensor, [CallerArgumentExpression(nameof(tensor))] string name = "") =>
        Require(tensor.device.type == DeviceType.CPU && tensor.dtype == ScalarType.Float32, $"{name} must be float32 on the CPU, got {tensor.dtype} on {tensor.device}.");

    /// <exception cref="ArgumentException">It does not hold.</exception>
    public static void Require(bool holds, string message)
    {
        if (!holds) throw new ArgumentException(message);
    }
}
