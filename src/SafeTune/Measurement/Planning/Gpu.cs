namespace SafeTune.Measurement;

/// <summary>A graphics card.</summary>
/// <param name="Name">As <c>--gpu</c> takes it.</param>
/// <param name="MemoryBytes">As the driver reports it.</param>
/// <param name="Tflops">Peak of dense float32 products without TF32, in 10^12 a second.</param>
/// <param name="Bfloat16Tflops">Peak of dense bfloat16 products on the tensor cores, summed in float32.</param>
public sealed record Gpu(string Name, long MemoryBytes, double Tflops, double Bfloat16Tflops)
{
    private const long MiB = 1 << 20;

    /// <summary>Bytes that a process cannot use for tensors: CUDA's context and libraries, and what the caching allocator rounds up.</summary>
    public const long ReservedBytes = 1024 * MiB;

    /// <summary>Those that are known. Peaks from NVIDIA's architecture whitepapers (GA102, GA100, Ada, H100) and data sheets (L4, H200); memory from nvidia-smi.</summary>
    public static IReadOnlyDictionary<string, Gpu> Known { get; } = new Gpu[]
    {
        new("rtx3090", 24576 * MiB, 35.6, 71),
        new("rtx4090", 24564 * MiB, 82.6, 165.2),
        new("l4", 23034 * MiB, 30.3, 121),
        new("a100-40gb", 40960 * MiB, 19.5, 312),
        new("a100-80gb", 81920 * MiB, 19.5, 312),
        new("h100", 81559 * MiB, 66.9, 989.4),
        new("h200", 143771 * MiB, 66.9, 989.4),
    }.ToDictionary(gpu => gpu.Name);

    /// <summary>Whether so many bytes of tensors fit.</summary>
    public bool Fits(long bytes) => bytes + ReservedBytes <= MemoryBytes;
}
