using System.Runtime.InteropServices;
using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    public static readonly ScalarType uint8 = ScalarType.Byte;
    public static readonly ScalarType int8 = ScalarType.Int8;
    public static readonly ScalarType int16 = ScalarType.Int16;
    public static readonly ScalarType @short = ScalarType.Int16;
    public static readonly ScalarType int32 = ScalarType.Int32;
    public static readonly ScalarType @int = ScalarType.Int32;
    public static readonly ScalarType int64 = ScalarType.Int64;
    public static readonly ScalarType @long = ScalarType.Int64;
    public static readonly ScalarType float16 = ScalarType.Float16;
    public static readonly ScalarType half = ScalarType.Float16;
    public static readonly ScalarType bfloat16 = ScalarType.BFloat16;
    public static readonly ScalarType float32 = ScalarType.Float32;
    public static readonly ScalarType @float = ScalarType.Float32;
    public static readonly ScalarType float64 = ScalarType.Float64;
    public static readonly ScalarType @double = ScalarType.Float64;
    public static readonly ScalarType complex64 = ScalarType.ComplexFloat32;
    public static readonly ScalarType cfloat = ScalarType.ComplexFloat32;
    public static readonly ScalarType complex128 = ScalarType.ComplexFloat64;
    public static readonly ScalarType cdouble = ScalarType.ComplexFloat64;
    public static readonly ScalarType @bool = ScalarType.Bool;

    private static ScalarType defaultType = ScalarType.Float32;
    private static Device? defaultDevice;

    /// <summary>libtorch's version.</summary>
    public static string __version__ => Marshal.PtrToStringUTF8(Native.st_version()) ?? "";

    public static ScalarType get_default_dtype() => defaultType;
    public static void set_default_dtype(ScalarType dtype) => defaultType = dtype;
    public static Device get_default_device() => defaultDevice ?? CPU;
    public static void set_default_device(Device device) => defaultDevice = device;
    public static void set_default_device(string device) => defaultDevice = new(device);

    public static int get_num_threads() => Native.st_threads();
    public static void set_num_threads(int num) => Native.Check(Native.st_set_threads(num));

    public static bool TryInitializeDeviceType(DeviceType deviceType) => deviceType switch
    {
        DeviceType.CPU or DeviceType.META => Native.st_version() != 0,
        DeviceType.CUDA => Native.st_cuda_devices() > 0,
        _ => false,
    };

    public static void InitializeDeviceType(DeviceType deviceType)
    {
        if (!TryInitializeDeviceType(deviceType)) throw new InvalidOperationException($"Torch device type {deviceType} did not initialise on the current machine.");
    }

    public static Device InitializeDevice(Device? device)
    {
        device ??= CPU;
        InitializeDeviceType(device.type);
        return device;
    }

    public static bool cuda_is_available() => cuda.is_available();

    public static class cuda
    {
        public static bool is_available() => device_count() > 0;
        public static int device_count() => Native.st_cuda_devices();

        /// <summary>Waits for every kernel of the device.</summary>
        public static void synchronize(Device? device = null) => Native.Check(Native.st_cuda_synchronize());

        public static void manual_seed(long seed) => manual_seed_all(seed);

        public static void manual_seed_all(long seed)
        {
            if (!is_available()) return;
            using var cpu = get_rng_state();
            Native.Check(Native.st_seed(seed));
            set_rng_state(cpu);
        }
    }
}
