using SafeTune.Torch;
using Xunit.Abstractions;

namespace SafeTune.Tests.Torch;

public sealed class TorchLibraryTests(ITestOutputHelper output)
{
    [Fact]
    public void The_library_of_this_build_is_there()
    {
        Assert.Null(TorchLibrary.WhyNot);
        output.WriteLine($"libtorch {TorchLibrary.Version}, BLAS {TorchLibrary.Blas}");
        Assert.Matches(@"^\d+\.\d+\.\d+", TorchLibrary.Version);
        Assert.StartsWith("MKL 20", TorchLibrary.Blas, StringComparison.Ordinal);
    }

    [Fact]
    public void The_speed_of_a_matrix_product_is_measured()
    {
        var gflops = TorchLibrary.GemmGflops(size: 256, repeats: 3);
        output.WriteLine($"{gflops:F1} GFLOP/s");
        Assert.True(gflops > 0.1);
    }

    [Fact]
    public void A_CUDA_device_that_is_not_there_has_no_name()
    {
        Assert.Null(CudaDriver.Name(CudaDriver.Devices));
        Assert.Null(CudaDriver.TotalBytes(-1));
    }
}
