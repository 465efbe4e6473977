using TorchSharp;

namespace SafeTune.Tests;

/// <summary>A test of training on a GPU: skipped where torch finds none.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class GpuFactAttribute : FactAttribute
{
    public GpuFactAttribute() => Skip = GpuTheoryAttribute.WhyNot;
}

/// <inheritdoc cref="GpuFactAttribute"/>
[AttributeUsage(AttributeTargets.Method)]
public sealed class GpuTheoryAttribute : TheoryAttribute
{
    public GpuTheoryAttribute() => Skip = WhyNot;

    internal static string? WhyNot => torch.cuda.is_available() ? null : "needs a GPU that torch can use";
}
