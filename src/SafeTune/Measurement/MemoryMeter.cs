using TorchSharp;
using static TorchSharp.torch;

namespace SafeTune.Measurement;

/// <summary>
/// Exact bytes of tensors. On the CPU: what this thread and the backward passes it starts allocate and free after the start (blocks allocated
/// before are not counted when they are freed). On CUDA: the caching allocator's own figures, whole process, above what was held at the start.
/// </summary>
/// <remarks>Belongs to the thread that started it: read, reset and dispose it there. On the CPU the figures repeat byte for byte.</remarks>
public sealed class MemoryMeter : IDisposable
{
    private readonly int thread = Environment.CurrentManagedThreadId;
    private readonly long deviceType;
    private readonly long deviceIndex;
    private readonly long heldBefore;
    private IntPtr handle;

    private MemoryMeter(IntPtr handle, long deviceType, long deviceIndex)
    {
        this.handle = handle;
        this.deviceType = deviceType;
        this.deviceIndex = deviceIndex;
        if (deviceType == (long)DeviceType.CUDA) heldBefore = CurrentBytes;
    }

    /// <summary>Bytes held now.</summary>
    /// <exception cref="InvalidOperationException">Asked on another thread than the one that started the meter.</exception>
    /// <exception cref="ObjectDisposedException">The meter has ended.</exception>
    public long CurrentBytes => Read().Current;

    /// <summary>Most bytes held at once since the start or the last <see cref="ResetPeak"/>.</summary>
    /// <exception cref="InvalidOperationException">Asked on another thread than the one that started the meter.</exception>
    /// <exception cref="ObjectDisposedException">The meter has ended.</exception>
    public long PeakBytes => Read().Peak;

    /// <summary>Starts a meter on this thread. Meters nest: an inner one does not disturb the outer one.</summary>
    /// <param name="device">The CPU or a CUDA device.</param>
    /// <param name="whyNot">The reason, in one sentence, when the result is null.</param>
    /// <returns>The meter, or null where memory cannot be measured.</returns>
    public static MemoryMeter? TryStart(Device device, out string? whyNot)
    {
        whyNot = Native.WhyNot;
        if (whyNot is null && device.type is not (DeviceType.CPU or DeviceType.CUDA))
            whyNot = $"Memory can be measured on the CPU and on CUDA devices, not on {device.type}.";
        if (whyNot is not null) return null;
        if (device.type == DeviceType.CUDA) MakeWorkspaces(device);
        return new(NativeMethods.EnterMeter(), (long)device.type, device.type == DeviceType.CUDA ? Math.Max(0, device.index) : 0);
    }

    /// <summary>Forgets the peak: from here on it is the largest value from now.</summary>
    /// <exception cref="InvalidOperationException">Asked on another thread than the one that started the meter.</exception>
    /// <exception cref="ObjectDisposedException">The meter has ended.</exception>
    public void ResetPeak() => NativeMethods.ResetPeak(Handle(), deviceType, deviceIndex);

    /// <summary>Lets every allocation fail with which more than so many bytes would be held, as where memory is short; on the CPU.</summary>
    /// <exception cref="InvalidOperationException">Called on another thread than the one that started the meter, or for another device.</exception>
    public void Limit(long bytes)
    {
        if (deviceType != (long)DeviceType.CPU) throw new InvalidOperationException("Only the CPU's allocator can be limited.");
        NativeMethods.LimitMeter(Handle(), bytes);
    }

    /// <summary>Ends the measurement.</summary>
    /// <exception cref="InvalidOperationException">Called on another thread than the one that started the meter.</exception>
    public void Dispose()
    {
        if (handle == IntPtr.Zero) return;
        NativeMethods.LeaveMeter(Handle());
        handle = IntPtr.Zero;
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
        var (current, peak) = NativeMethods.ReadMeter(Handle(), deviceType, deviceIndex);
        return (current - heldBefore, peak - heldBefore);
    }

    private IntPtr Handle()
    {
        ObjectDisposedException.ThrowIf(handle == IntPtr.Zero, this);
        return Environment.CurrentManagedThreadId == thread
            ? handle
            : throw new InvalidOperationException($"The memory meter was started on thread {thread} and is used on thread {Environment.CurrentManagedThreadId}: keep it on one thread (no await in between).");
    }
}
