using System.Reflection;
using System.Runtime.InteropServices;

namespace TorchSharp.Interop;

/// <summary>One boxed value of libsafetune (st_value): a tag, 64 bits, and the length of lists and strings.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct Value
{
    internal long Tag, Bits, Length;
}

/// <summary>The exports of libsafetune (src/Native/safetune.h).</summary>
internal static unsafe partial class Native
{
    private const string Library = "safetune";

    static Native() => NativeLibrary.SetDllImportResolver(typeof(Native).Assembly, Resolve);

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path)
    {
        if (name != Library) return 0;
        if (NativeLibrary.TryLoad(Path.Combine(AppContext.BaseDirectory, "libsafetune.so"), out var found)) return found;
        if (NativeLibrary.TryLoad(name, assembly, path, out found)) return found;
        throw new DllNotFoundException(
            $"libsafetune.so, which connects to libtorch, is not in {AppContext.BaseDirectory} or cannot be loaded: build src/Native against an installed libtorch (LIBTORCH names its folder), and keep that libtorch where it was.");
    }

    [LibraryImport(Library)] internal static partial nint st_last_error();
    [LibraryImport(Library)] internal static partial nint st_version();
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)] internal static partial int st_operator_find(string name, string overload, nint* found);
    [LibraryImport(Library)] internal static partial int st_operator_call(nint op, Value* arguments, int argumentCount, Value* results, int* count);

    [LibraryImport(Library)] internal static partial void st_tensor_free(nint tensor);
    [LibraryImport(Library)] internal static partial int st_tensor_alias(nint tensor, nint* same);
    [LibraryImport(Library)] internal static partial int st_tensor_info(nint tensor, long* dtype, long* dimensions, long* elements, long* deviceType, long* deviceIndex);
    [LibraryImport(Library)] internal static partial int st_tensor_sizes(nint tensor, long* sizes);
    [LibraryImport(Library)] internal static partial int st_tensor_strides(nint tensor, long* strides);
    [LibraryImport(Library)] internal static partial int st_tensor_data(nint tensor, void** data);
    [LibraryImport(Library)] internal static partial int st_tensor_flags(nint tensor, int* requiresGrad, int* isLeaf, int* isContiguous, int* isDefined);
    [LibraryImport(Library)] internal static partial int st_tensor_set_requires_grad(nint tensor, int on);
    [LibraryImport(Library)] internal static partial int st_tensor_grad(nint tensor, nint* grad);
    [LibraryImport(Library)] internal static partial int st_tensor_set_grad(nint tensor, nint grad);

    [LibraryImport(Library)] internal static partial int st_backward(nint* tensors, int count, nint* gradTensors, int gradCount, int retainGraph, int createGraph, nint* inputs, int inputCount);
    [LibraryImport(Library)] internal static partial int st_grad(nint* outputs, int outputCount, nint* inputs, int inputCount, nint* gradOutputs, int gradCount, int retainGraph, int createGraph, int allowUnused, nint* grads);
    [LibraryImport(Library)] internal static partial int st_grad_mode();
    [LibraryImport(Library)] internal static partial void st_set_grad_mode(int on);
    [LibraryImport(Library)] internal static partial int st_inference_mode_enter(int on, nint* guard);
    [LibraryImport(Library)] internal static partial void st_inference_mode_leave(nint guard);

    [LibraryImport(Library)] internal static partial int st_seed(long seed);
    [LibraryImport(Library)] internal static partial int st_random_state(nint* state);
    [LibraryImport(Library)] internal static partial int st_set_random_state(nint state);
    [LibraryImport(Library)] internal static partial int st_threads();
    [LibraryImport(Library)] internal static partial int st_set_threads(int count);

    [LibraryImport(Library)] internal static partial int st_cuda_devices();
    [LibraryImport(Library)] internal static partial int st_cuda_synchronize();

    /// <summary>Turns a failure into the exception that TorchSharp throws.</summary>
    internal static void Check(int failed)
    {
        if (failed != 0) throw new ExternalException(Marshal.PtrToStringUTF8(st_last_error()));
    }
}
