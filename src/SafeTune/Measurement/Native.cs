using TorchSharp;

namespace SafeTune.Measurement;

/// <summary>What libsafetune tells about the machine. Without the library everything here is null, with the reason in <see cref="WhyNot"/>; nothing throws.</summary>
public static class Native
{
    private static readonly Lazy<string?> Reason = new(Probe);

    /// <summary>The library is loaded and was built against the libtorch of this process.</summary>
    public static bool Available => WhyNot is null;

    /// <summary>Why the library cannot be used, in one sentence; null when it can.</summary>
    public static string? WhyNot => Reason.Value;

    /// <summary>Version of the libtorch that the library was built against, for example <c>1.13.1</c>.</summary>
    public static string? TorchVersion => Available ? NativeMethods.Version() : null;

    /// <summary>The library that multiplies matrices on the CPU, for example <c>OpenBLAS 0.3.21 SkylakeX</c>, <c>MKL 2024.2</c>, <c>reference</c>.</summary>
    public static string? Blas => Available ? NativeMethods.Blas() : null;

    /// <summary>The instruction set that the CPU kernels run on: <c>avx512</c>, <c>avx2</c> or <c>baseline</c>.</summary>
    public static string? Kernels => Available ? NativeMethods.Kernels() : null;

    /// <summary>A warning with its remedy when <see cref="Blas"/> is the slow reference implementation; else null.</summary>
    public static string? BlasWarning => Warning(Blas);

    /// <summary>CUDA devices that libtorch sees; 0 without the library.</summary>
    public static int CudaDevices => Available ? NativeMethods.CudaDevices() : 0;

    /// <summary>Speed of float32 products of square matrices on the CPU with the current number of threads, the best of some repeats, in 10^9 operations a second.</summary>
    /// <param name="size">Rows and columns.</param>
    /// <param name="repeats">Timed products, after one that is not timed.</param>
    public static double? GemmGflops(int size = 2048, int repeats = 3) => Available ? NativeMethods.GemmGflops(size, repeats) : null;

    /// <summary>A CUDA device's name, for example <c>NVIDIA H100 80GB HBM3</c>; null when there is no such device.</summary>
    public static string? CudaName(int device) => device >= 0 && device < CudaDevices ? NativeMethods.CudaName(device) : null;

    /// <summary>A CUDA device's memory in bytes; null when there is no such device.</summary>
    public static long? CudaTotalBytes(int device) => device >= 0 && device < CudaDevices ? NativeMethods.CudaTotalBytes(device) : null;

    internal static string? Warning(string? blas) => blas is not null && blas.Contains("reference", StringComparison.OrdinalIgnoreCase)
        ? "libtorch runs on a reference BLAS: matrix products will be about 50 times slower; install libopenblas0-pthread."
        : null;

    private static string? Probe()
    {
        try
        {
            // Torch first: libsafetune must bind to the libtorch that TorchSharp loads, not bring a second one.
            var loaded = torch.__version__;
            var built = NativeMethods.Version();
            return SameVersion(built, loaded)
                ? null
                : $"libsafetune was built against libtorch {built}, but this process runs {loaded}; build src/Native again with LIBTORCH set to the one in use.";
        }
        catch (Exception e)
        {
            return $"libsafetune cannot be used: {e.GetBaseException().Message.ReplaceLineEndings(" ").Trim().TrimEnd('.')}.";
        }
    }

    // 1.13.1 and 1.13.1+cpu are one version; a version that is not told is not held against the library.
    private static bool SameVersion(string built, string loaded)
    {
        var a = built.Split('+')[0];
        var b = loaded.Split('+')[0];
        return a.Length == 0 || b.Length == 0 || a == b;
    }
}
