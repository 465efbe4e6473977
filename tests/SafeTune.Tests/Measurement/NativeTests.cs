using SafeTune.Measurement;
using Xunit.Abstractions;

namespace SafeTune.Tests.Measurement;

public sealed class NativeTests(ITestOutputHelper output)
{
    [Fact]
    public void The_library_of_this_build_is_available()
    {
        Assert.True(Native.Available, Native.WhyNot);
        Assert.Null(Native.WhyNot);
        output.WriteLine($"libtorch {Native.TorchVersion}, BLAS {Native.Blas}");
        Assert.Matches(@"^\d+\.\d+\.\d+", Native.TorchVersion);
        Assert.False(string.IsNullOrEmpty(Native.Blas));
    }

    [Fact]
    public void A_reference_BLAS_comes_with_a_remedy()
    {
        Assert.Contains("install libopenblas0-pthread", Native.Warning("reference"), StringComparison.Ordinal);
        Assert.Null(Native.Warning("OpenBLAS 0.3.21 SkylakeX"));
        Assert.Null(Native.Warning(null));
    }

    [Fact]
    public void The_speed_of_a_matrix_product_is_measured()
    {
        var gflops = Native.GemmGflops(size: 256, repeats: 3);
        output.WriteLine($"{gflops:F1} GFLOP/s");
        Assert.True(gflops > 0.1);
    }

    [Fact]
    public void A_CUDA_device_that_is_not_there_has_no_name()
    {
        Assert.Null(Native.CudaName(Native.CudaDevices));
        Assert.Null(Native.CudaTotalBytes(-1));
    }
}
