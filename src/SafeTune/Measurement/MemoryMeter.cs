using SafeTune.Kernels;
using SafeTune.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace SafeTune.Measurement;

/// <summary>
/// Exact bytes of tensors. On the CPU: what this thread and the backward passes it starts allocate and free after the start (blocks allocated
/// before are not counted when they are freed). On CUDA: the caching allocator's own totals, whole process, above what was held at the start.
/// </summary>
/// <remarks>Belongs to the thread that started it: read, reset and dispose it there. On the CPU the figures repeat byte for byte.</remarks>
public sealed class MemoryMeter : IDisposable
{
    private readonly int thread = Environment.CurrentManagedThreadId;
    private readonly int? cudaDevice;
    private AllocatorReports? reports;

    private MemoryMeter(AllocatorReports reports, int? cudaDevice)
    {
        this.reports = reports;
        this.cudaDevice = cudaDevice;
    }

    /// <summary>Bytes held now.</summary>
    /// <exception cref="InvalidOperationException">Asked on another thread than the one that started the meter.</exception>
    /// <exception cref="ObjectDisposedException">The meter has ended.</exception>
    public long CurrentBytes => Read().Current;

    /// <summary>Most bytes held at once since the start or the last <see cref="ResetPeak"/>.</summary>
    /// <exception cref="InvalidOperationException">Asked on another thread than the one that started the meter.</exception>
    /// <exception cref="ObjectDisposedException">The meter has ended.</exception>
    public long PeakBytes => Read().Peak;

    /// <summary>Why memory cannot be measured in this process, in one sentence; null when it can.</summary>
    public static string? WhyNot => AllocatorReports.WhyNot;

    /// <summary>Starts a meter on this thread. Meters nest: an inner one does not disturb the outer one.</summary>
    /// <param name="device">The CPU or a CUDA device.</param>
    /// <param name="whyNot">The reason, in one sentence, when the result is null.</param>
    /// <returns>The meter, or null where memory cannot be measured.</returns>
    public static MemoryMeter? TryStart(Device device, out string? whyNot)
    {
        whyNot = WhyNot;
        if (whyNot is null && device.type is not (DeviceType.CPU or DeviceType.CUDA))
            whyNot = $"Memory can be measured on the CPU and on CUDA devices, not on {device.type}.";
        if (whyNot is not null) return null;
        if (device.type == DeviceType.CUDA) MakeWorkspaces(device);
        return new(new AllocatorReports(), device.type == DeviceType.CUDA ? Math.Max(0, device.index) : null);
    }

    /// <summary>Forgets the peak: from here on it is the largest value from now.</summary>
    /// <exception cref="InvalidOperationException">Asked on another thread than the one that started the meter.</exception>
    /// <exception cref="ObjectDisposedException">The meter has ended.</exception>
    public void ResetPeak()
    {
        AutogradNode.ReleaseGradients();
        Reports().ResetPeak();
    }

    /// <summary>Ends the measurement.</summary>
    /// <exception cref="InvalidOperationException">Called on another thread than the one that started the meter.</exception>
    public void Dispose()
    {
        if (reports is null) return;
        Reports().Dispose();
        reports = null;
    }

    // cuBLAS takes tens of megabytes with a thread's first product and keeps them: autograd's thread too. They are no tensor of whoever is measured.
    private static void MakeWorkspaces(Device device)
    {
        using var scope = NewDisposeScope();
        using var on = enable_grad();
        var x = ones([8, 8], ScalarType.Float32, device).requires_grad_();
        x.mm(x).sum().backward();
    }

    private (long Current, long Peak) Read()
    {
        AutogradNode.ReleaseGradients();
        var found = Reports();
        return cudaDevice is { } device ? found.OnCuda(device) : (found.CurrentBytes, found.PeakBytes);
    }

    private AllocatorReports Reports()
    {
        ObjectDisposedException.ThrowIf(reports is null, this);
        return Environment.CurrentManagedThreadId == thread
            ? reports
            : throw new InvalidOperationException($"The memory meter was started on thread {thread} and is used on thread {Environment.CurrentManagedThreadId}: keep it on one thread (no await in between).");
    }
}
