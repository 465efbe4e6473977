using System.Reflection;
using System.Runtime.InteropServices;
using SafeTune.Models;
using static TorchSharp.torch;

namespace SafeTune.Measurement;

/// <summary>The functions of libsafetune (src/Native/safetune.h) that TorchSharp lacks.</summary>
internal static partial class NativeMethods
{
    private const string Library = "safetune";

    static NativeMethods() => NativeLibrary.SetDllImportResolver(typeof(NativeMethods).Assembly, Resolve);

    [LibraryImport(Library)] private static partial IntPtr st_last_error();
    [LibraryImport(Library)] private static partial IntPtr st_version();
    [LibraryImport(Library)] private static partial IntPtr st_blas();
    [LibraryImport(Library)] private static partial int st_gemm_gflops(long size, int repeats, out double bestGflops);
    [LibraryImport(Library)] private static partial int st_cuda_devices();
    [LibraryImport(Library)] private static unsafe partial int st_cuda_name(int device, byte* name, int capacity);
    [LibraryImport(Library)] private static partial int st_cuda_total_bytes(int device, out long bytes);
    [LibraryImport(Library)] private static partial int st_meter_enter(out IntPtr meter);
    [LibraryImport(Library)] private static partial void st_meter_leave(IntPtr meter);
    [LibraryImport(Library)] private static partial int st_meter_read(IntPtr meter, long deviceType, long deviceIndex, out long current, out long peak);
    [LibraryImport(Library)] private static partial int st_meter_reset_peak(IntPtr meter, long deviceType, long deviceIndex);

    [LibraryImport(Library)] private static partial int st_meter_limit(IntPtr meter, long bytes);
    [LibraryImport(Library)] private static partial IntPtr st_kernels();
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)] private static partial int st_use_kernels(string name);
    [LibraryImport(Library)] private static unsafe partial void st_keep_factors(long seed, uint threshold, float scale, long first, long count, float* factors);
    [LibraryImport(Library)] private static partial int st_dropout(IntPtr x, double p, out IntPtr y);
    [LibraryImport(Library)] private static partial int st_gelu(IntPtr x, out IntPtr y);
    [LibraryImport(Library)] private static partial int st_norm(IntPtr f, IntPtr x, IntPtr weight, IntPtr bias, double eps, double p, out IntPtr y);
    [LibraryImport(Library)] private static unsafe partial int st_projections(IntPtr x, NativeProjection* projections, int count, IntPtr* y);
    [LibraryImport(Library)] private static unsafe partial int st_adamw(NativeMoments* weights, int count, double rate, double decay, double beta1, double beta2, double epsilon, double correction1, double correction2);
    [LibraryImport(Library)] private static partial int st_attention(IntPtr q, IntPtr k, IntPtr v, IntPtr mask, double scale, double p, int causal, out IntPtr o);

    public static string Version() => Text(st_version());

    public static string Blas() => Text(st_blas());

    public static int CudaDevices() => st_cuda_devices();

    public static double GemmGflops(int size, int repeats)
    {
        Check(st_gemm_gflops(size, repeats, out var gflops));
        return gflops;
    }

    public static unsafe string CudaName(int device)
    {
        const int capacity = 256;
        var name = stackalloc byte[capacity];
        name[0] = 0;
        Check(st_cuda_name(device, name, capacity));
        return Text((IntPtr)name);
    }

    public static long CudaTotalBytes(int device)
    {
        Check(st_cuda_total_bytes(device, out var bytes));
        return bytes;
    }

    public static IntPtr EnterMeter()
    {
        Check(st_meter_enter(out var meter));
        return meter;
    }

    public static void LeaveMeter(IntPtr meter) => st_meter_leave(meter);

    public static (long Current, long Peak) ReadMeter(IntPtr meter, long deviceType, long deviceIndex)
    {
        Check(st_meter_read(meter, deviceType, deviceIndex, out var current, out var peak));
        return (current, peak);
    }

    public static void ResetPeak(IntPtr meter, long deviceType, long deviceIndex) => Check(st_meter_reset_peak(meter, deviceType, deviceIndex));

    public static void LimitMeter(IntPtr meter, long bytes) => Check(st_meter_limit(meter, bytes));

    public static string Kernels() => Text(st_kernels());

    /// <summary>Runs the kernels on another instruction set from now on; false where the processor lacks it.</summary>
    public static bool UseKernels(string name) => st_use_kernels(name) != 0;

    /// <summary>What dropout multiplies the elements of a tile with.</summary>
    public static unsafe float[] KeepFactors(long seed, uint threshold, float scale, long tile)
    {
        var factors = new float[64];
        fixed (float* to = factors) st_keep_factors(seed, threshold, scale, tile, 1, to);
        return factors;
    }

    public static IntPtr Dropout(Tensor x, double p)
    {
        Check(st_dropout(x.Handle, p, out var y));
        GC.KeepAlive(x);
        return y;
    }

    public static IntPtr Gelu(Tensor x)
    {
        Check(st_gelu(x.Handle, out var y));
        GC.KeepAlive(x);
        return y;
    }

    public static IntPtr Norm(Tensor? f, Tensor x, Tensor weight, Tensor? bias, double eps, double dropout)
    {
        Check(st_norm(Handle(f), x.Handle, weight.Handle, Handle(bias), eps, dropout, out var y));
        KeepAlive(f, x, weight, bias);
        return y;
    }

    public static unsafe IntPtr[] Projections(Tensor x, IReadOnlyList<(Tensor Weight, bool InputFirst, Tensor? Bias, LowRank? Adapter)> layers)
    {
        var native = layers.Select(layer => new NativeProjection
        {
            Weight = layer.Weight.Handle,
            Bias = Handle(layer.Bias),
            A = Handle(layer.Adapter?.A),
            B = Handle(layer.Adapter?.B),
            Scale = layer.Adapter?.Scale ?? 0,
            Dropout = layer.Adapter?.Dropout ?? 0,
            InputFirst = layer.InputFirst ? 1 : 0,
        }).ToArray();
        var y = new IntPtr[native.Length];
        fixed (NativeProjection* first = native)
        fixed (IntPtr* results = y) Check(st_projections(x.Handle, first, native.Length, results));
        KeepAlive(x, layers);
        return y;
    }

    public static IntPtr Attention(Tensor q, Tensor k, Tensor v, Tensor? mask, double scale, double dropout, bool causal)
    {
        Check(st_attention(q.Handle, k.Handle, v.Handle, Handle(mask), scale, dropout, causal ? 1 : 0, out var o));
        KeepAlive(q, k, v, mask);
        return o;
    }

    public static unsafe void AdamW(
        IReadOnlyList<(Tensor Weight, Tensor Gradient, Tensor Mean, Tensor Square)> weights, double rate, double decay, double beta1, double beta2, double epsilon, double correction1, double correction2)
    {
        var native = weights.Select(weight => new NativeMoments { Weight = weight.Weight.Handle, Gradient = weight.Gradient.Handle, Mean = weight.Mean.Handle, Square = weight.Square.Handle }).ToArray();
        fixed (NativeMoments* first = native) Check(st_adamw(first, native.Length, rate, decay, beta1, beta2, epsilon, correction1, correction2));
        KeepAlive(weights);
    }

    private static IntPtr Handle(Tensor? tensor) => tensor is null ? IntPtr.Zero : tensor.Handle;

    // A tensor whose last use was its handle may otherwise be finalised during the call.
    private static void KeepAlive(params ReadOnlySpan<object?> used)
    {
        foreach (var one in used) GC.KeepAlive(one);
    }

    private static void Check(int failed)
    {
        if (failed != 0) throw new InvalidOperationException($"libsafetune: {Text(st_last_error())}");
    }

    // st_projection of safetune.h.
    [StructLayout(LayoutKind.Sequential)]
    private struct NativeProjection
    {
        public IntPtr Weight, Bias, A, B;
        public double Scale, Dropout;
        public long InputFirst;
    }

    // st_moments.
    [StructLayout(LayoutKind.Sequential)]
    private struct NativeMoments
    {
        public IntPtr Weight, Gradient, Mean, Square;
    }

    private static string Text(IntPtr utf8) => Marshal.PtrToStringUTF8(utf8) ?? "";

    // Beside the program, where the build puts it; else wherever the runtime looks.
    private static IntPtr Resolve(string name, Assembly assembly, DllImportSearchPath? searchPath)
    {
        if (name != Library) return IntPtr.Zero;
        var beside = Path.Combine(AppContext.BaseDirectory, "libsafetune.so");
        if (File.Exists(beside)) return NativeLibrary.Load(beside);
        return NativeLibrary.TryLoad(name, assembly, searchPath, out var found)
            ? found
            : throw new DllNotFoundException($"there is no {beside}; build src/Native against the libtorch in use");
    }
}
