using SafeTune.Models;

namespace SafeTune.Reproduction.Benching;

/// <summary>One training step to time.</summary>
/// <param name="Model">A size of the step benchmark.</param>
/// <param name="Batch">Examples.</param>
/// <param name="Seq">Tokens an example.</param>
/// <param name="FreezePrefix">Frozen leading blocks.</param>
/// <param name="Kernels">Which operators are fused.</param>
/// <param name="CachesPrefix">Whether the frozen blocks' outputs are kept in memory.</param>
public sealed record StepCase(string Model, int Batch, int Seq, int FreezePrefix, KernelOptions Kernels, bool CachesPrefix = false)
{
    /// <summary>What the target <c>Bench</c> measures on a CPU: both ways of computing, freeze states, and attention's memory over the sequence length.</summary>
    public static IReadOnlyList<StepCase> OnCpu { get; } =
    [
        new("mini", 32, 128, 0, KernelOptions.Composed),
        new("mini", 32, 128, 0, KernelOptions.All),
        new("mini", 32, 128, 5, KernelOptions.Composed),
        new("mini", 32, 128, 5, KernelOptions.All),
        new("mini", 32, 128, 5, KernelOptions.All, CachesPrefix: true),
        new("base", 32, 128, 0, KernelOptions.Composed),
        new("base", 32, 128, 0, KernelOptions.All),
        .. new[] { 128, 512 }.Select(seq => new StepCase("mini", 2, seq, 0, KernelOptions.Composed)),
        .. new[] { 128, 256, 512, 1024, 2048 }.Select(seq => new StepCase("mini", 2, seq, 0, KernelOptions.All)),
    ];

    /// <summary>What it measures on a GPU: eager and fused attention, freeze states, and memory over the sequence length.</summary>
    public static IReadOnlyList<StepCase> OnGpu { get; } =
    [
        .. new[] { KernelOptions.Composed, KernelOptions.All }.SelectMany(kernels => new StepCase[]
        {
            new("base", 32, 128, 0, kernels), new("base", 16, 384, 0, kernels),
            new("large", 32, 128, 0, kernels), new("large", 32, 128, 12, kernels), new("large", 32, 128, 23, kernels), new("large", 16, 384, 0, kernels),
        }),
        new("large", 32, 128, 23, KernelOptions.All, CachesPrefix: true),
        .. new[] { 128, 256, 512, 1024, 2048 }.Select(seq => new StepCase("base", 4, seq, 0, KernelOptions.All)),
    ];
}
