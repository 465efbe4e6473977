using System.Runtime.InteropServices;
using System.Text;
using static TorchSharp.torch;

namespace SafeTune.Torch;

/// <summary>What TorchSharp does not tell of CUDA devices: the driver's own library, which a process with such devices has loaded anyway.</summary>
public static partial class CudaDriver
{
    private const string Library = "libcuda.so.1";

    /// <summary>CUDA devices that libtorch sees; 0 where it cannot be loaded.</summary>
    public static int Devices => TorchLibrary.WhyNot is null && cuda.is_available() ? cuda.device_count() : 0;

    /// <summary>A device's name, for example <c>NVIDIA H100 80GB HBM3</c>; null when there is no such device.</summary>
    public static unsafe string? Name(int device)
    {
        if (Handle(device) is not { } handle) return null;
        var name = stackalloc byte[256];
        return cuDeviceGetName(name, 256, handle) == 0 ? Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(name)) : null;
    }

    /// <summary>A device's memory in bytes; null when there is no such device.</summary>
    public static long? TotalBytes(int device) => Handle(device) is { } handle && cuDeviceTotalMem_v2(out var bytes, handle) == 0 ? (long)bytes : null;

    private static int? Handle(int device) => device >= 0 && device < Devices && cuInit(0) == 0 && cuDeviceGet(out var handle, device) == 0 ? handle : null;

    [LibraryImport(Library)] private static partial int cuInit(uint flags);

    [LibraryImport(Library)] private static partial int cuDeviceGet(out int device, int ordinal);

    [LibraryImport(Library)] private static unsafe partial int cuDeviceGetName(byte* name, int capacity, int device);

    [LibraryImport(Library)] private static partial int cuDeviceTotalMem_v2(out nuint bytes, int device);
}
