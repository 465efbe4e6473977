using System.Runtime.Intrinsics;
using SafeTune.Kernels;

namespace SafeTune.Tests.Kernels;

public sealed class CpuKernelsTests
{
    [Fact]
    public void The_widest_vectors_of_the_processor_are_used()
    {
        var expected = Vector512.IsHardwareAccelerated ? "Vector512" : Vector256.IsHardwareAccelerated ? "Vector256" : "Vector128";
        Assert.Equal(expected, CpuKernels.Current.Name);
        Assert.Equal(CpuKernels.Current, CpuKernels.Supported[0]);
        Assert.Equal("Vector128", CpuKernels.Supported[^1].Name);
    }

    [Fact]
    public void Others_are_used_within_a_scope_only()
    {
        var usual = CpuKernels.Current;
        using (CpuKernels.Use(CpuKernels.All[^1])) Assert.Equal("Vector128", CpuKernels.Current.Name);
        Assert.Same(usual, CpuKernels.Current);
    }
}
