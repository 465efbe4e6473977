using SafeTune.Kernels;

namespace SafeTune.Tests.Kernels;

/// <summary>The names of all widths of vectors: those that the processor lacks run too, as .NET composes them of narrower ones.</summary>
public sealed class Widths : TheoryData<string>
{
    public Widths()
    {
        foreach (var kernels in CpuKernels.All) Add(kernels.Name);
    }

    internal static CpuKernels Named(string name) => CpuKernels.All.Single(kernels => kernels.Name == name);
}
