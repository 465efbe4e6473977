using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using TorchSharp;
using static SafeTune.Torch.Scalars;
using static TorchSharp.torch;

namespace SafeTune.Torch;

/// <summary>The libtorch of this process. Nothing here throws where it cannot be loaded: the figures are null then, with the reason in <see cref="WhyNot"/>.</summary>
public static class TorchLibrary
{
    private const string CapabilityVariable = "ATEN_CPU_CAPABILITY";
    private static readonly Lazy<string?> Reason = new(Load);
    private static readonly Lazy<string?> BlasName = new(FindBlas);

    /// <summary>Why libtorch cannot be used, in one sentence with the loader's own words; null when it can.</summary>
    public static string? WhyNot => Reason.Value;

    /// <summary>Version of libtorch, for example <c>2.10.0</c>.</summary>
    public static string? Version => WhyNot is null ? Trimmed(__version__) : null;

    /// <summary>The library that multiplies matrices on the CPU, for example <c>MKL 2024.2</c>; empty where it does not tell.</summary>
    public static string? Blas => WhyNot is null ? BlasName.Value : null;

    /// <summary>
    /// Has libtorch and MKL compute with AVX2 also where the processor has AVX-512, so that a training repeats on both. Before torch is used; variables that
    /// the user has set win.
    /// </summary>
    /// <remarks>
    /// Equal between Intel's processors, and, but for square roots, between AMD's; between the two MKL's products, exp, erf and log differ in their last digits.
    /// MKL_CBWR=COMPATIBLE would make these equal as well, and takes 2.4 times as long for a product. The number of threads must be the same too.
    /// </remarks>
    public static void UseAvx2Everywhere()
    {
        if (!Avx2.IsSupported || !Fma.IsSupported) return;
        ProcessSettings.Default(CapabilityVariable, "avx2");
        ProcessSettings.Default("MKL_CBWR", "AVX2");
        ProcessSettings.Default("ONEDNN_MAX_CPU_ISA", "AVX2");
    }

    /// <summary>The instruction set that libtorch was told to use, for example <c>avx2</c>; empty where it chooses by the processor.</summary>
    public static string InstructionSet => Environment.GetEnvironmentVariable(CapabilityVariable) ?? "";

    /// <summary>Checks that libtorch is there.</summary>
    /// <exception cref="UsageException">It cannot be loaded.</exception>
    public static void Require()
    {
        if (WhyNot is { } reason) throw new UsageException(reason);
    }

    /// <summary>Speed of float32 products of square matrices on the CPU with the current number of threads, the best of some repeats, in 10^9 operations a second.</summary>
    /// <param name="size">Rows and columns.</param>
    /// <param name="repeats">Timed products, after one that is not timed: it starts threads and touches pages.</param>
    public static double? GemmGflops(int size = 2048, int repeats = 3)
    {
        if (WhyNot is not null) return null;
        using var off = no_grad();
        using var scope = NewDisposeScope();
        // Not random: measuring must not move the generator that a training depends on.
        var (a, b) = (full(size, size, Kept(0.5)), full(size, size, Kept(0.25)));
        var product = a.mm(b);
        var best = TimeSpan.MaxValue;
        for (var i = 0; i < repeats; i++)
        {
            var started = Stopwatch.GetTimestamp();
            product.addmm_(a, b, beta: 0, alpha: 1);
            var took = Stopwatch.GetElapsedTime(started);
            if (took < best) best = took;
        }

        return 2e-9 * size * size * size / best.TotalSeconds;
    }

    /// <summary>A function that one of libtorch's libraries exports; null where this libtorch lacks it.</summary>
    /// <param name="library">File name, for example <c>libc10.so</c>; it is loaded already, so that its name alone finds it.</param>
    /// <param name="symbol">As it stands in the library, C++ names mangled.</param>
    internal static IntPtr? Export(string library, string symbol) =>
        OperatingSystem.IsLinux() && WhyNot is null && NativeLibrary.TryLoad(library, out var handle) && NativeLibrary.TryGetExport(handle, symbol, out var address) ? address : null;

    // Before TorchSharp loads the same libraries: where that fails it prints pages, blames a missing package whatever the loader said, and copies half a gigabyte.
    private static string? Load()
    {
        foreach (var name in new[] { "torch_cpu", "LibTorchSharp" })
        {
            try
            {
                NativeLibrary.Load(name, typeof(torch).Assembly, searchPath: null);
            }
            catch (Exception error) when (error is DllNotFoundException or BadImageFormatException)
            {
                return $"torch cannot be loaded: {LoadersWords(error.Message, name)}.";
            }
        }

        return null;
    }

    // The runtime lists every file name it tried, one a line. The one that exists says what is wrong with it; the others that they are not there.
    private static string LoadersWords(string message, string name)
    {
        var lines = message.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var telling = lines.Skip(1).FirstOrDefault(line => line.Contains('/', StringComparison.Ordinal) && !line.Contains("cannot open shared object file: No such file", StringComparison.Ordinal))
            ?? lines.Skip(1).FirstOrDefault(line => line.Contains("No such file", StringComparison.Ordinal) && !line.Contains(name, StringComparison.Ordinal));
        return (telling ?? $"there is no library {name} beside the program; add a reference to libtorch-cpu-linux-x64 or TorchSharp-cuda-linux").TrimEnd('.');
    }

    private static unsafe string FindBlas()
    {
        const int capacity = 256;
        if (Export("libtorch_cpu.so", "MKL_Get_Version_String") is not { } describe) return "";
        var text = stackalloc byte[capacity];
        ((delegate* unmanaged<byte*, int, void>)describe)(text, capacity - 1);
        var words = (Marshal.PtrToStringUTF8((IntPtr)text) ?? "").Split(' ');
        var at = Array.IndexOf(words, "Version");
        return at >= 0 && at + 1 < words.Length ? $"MKL {words[at + 1].Split('-')[0]}" : "MKL";
    }

    // TorchSharp writes 2.10.0.0.
    private static string Trimmed(string version) => System.Version.TryParse(version, out var parsed) && parsed.Revision == 0 ? parsed.ToString(3) : version;
}
