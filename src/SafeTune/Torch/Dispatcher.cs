using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace SafeTune.Torch;

/// <summary>Calls operators by name through libtorch's stable C interface (torch/csrc/stable/c/shim.h, since 2.10), for those that TorchSharp lacks.</summary>
/// <remarks>All arguments of the schema, in its order, without defaults. Arguments of type Scalar cannot be passed.</remarks>
internal static unsafe class Dispatcher
{
    // The version whose conventions the stack follows: major, minor, patch and tweak, from the highest byte down.
    private const ulong Version = (2UL << 56) | (10UL << 48);

    private static readonly Lazy<Functions?> Found = new(Functions.Find);

    /// <summary>Whether this libtorch has the interface.</summary>
    public static bool IsAvailable => Found.Value is not null;

    /// <summary>An absent optional argument.</summary>
    public static ulong None => 0;

    /// <summary>A number of type float.</summary>
    public static ulong Of(double number) => BitConverter.DoubleToUInt64Bits(number);

    /// <summary>A truth value.</summary>
    public static ulong Of(bool value) => value ? 1UL : 0;

    /// <summary>A list of tensors.</summary>
    public static ulong Of(IReadOnlyList<Tensor> tensors)
    {
        var functions = Found.Value!;
        IntPtr list;
        Check(functions.NewList((nuint)tensors.Count, &list), "torch_new_list_reserve_size");
        foreach (var tensor in tensors)
        {
            IntPtr handle;
            Check(functions.NewTensor(tensor.Handle, &handle), "aoti_torch_new_tensor_handle");
            Check(functions.PushBack(list, (ulong)handle), "torch_list_push_back");
        }

        return (ulong)list;
    }

    /// <summary>Calls an operator without results.</summary>
    /// <param name="name">With its namespace, for example <c>aten::_fused_adamw_</c>.</param>
    /// <param name="overload">Empty for the only one.</param>
    /// <param name="arguments">They are consumed.</param>
    /// <exception cref="InvalidOperationException">The operator failed; libtorch writes the reason to standard error.</exception>
    public static void Call(string name, string overload, params ReadOnlySpan<ulong> arguments)
    {
        var stack = stackalloc ulong[arguments.Length];
        arguments.CopyTo(new(stack, arguments.Length));
        IntPtr nameText = Marshal.StringToCoTaskMemUTF8(name), overloadText = Marshal.StringToCoTaskMemUTF8(overload);
        try
        {
            Check(Found.Value!.Call((byte*)nameText, (byte*)overloadText, stack, Version), name);
        }
        finally
        {
            Marshal.FreeCoTaskMem(nameText);
            Marshal.FreeCoTaskMem(overloadText);
        }
    }

    private static void Check(int error, string what)
    {
        if (error != 0) throw new InvalidOperationException($"libtorch's {what} failed; its reason stands on standard error.");
    }

    private sealed class Functions
    {
        public required delegate* unmanaged<byte*, byte*, ulong*, ulong, int> Call { get; init; }

        public required delegate* unmanaged<nuint, IntPtr*, int> NewList { get; init; }

        public required delegate* unmanaged<IntPtr, ulong, int> PushBack { get; init; }

        public required delegate* unmanaged<IntPtr, IntPtr*, int> NewTensor { get; init; }

        public static Functions? Find()
        {
            IntPtr? Of(string name) => TorchLibrary.Export("libtorch_cpu.so", name);
            return Of("torch_call_dispatcher") is { } call && Of("torch_new_list_reserve_size") is { } newList && Of("torch_list_push_back") is { } pushBack
                && Of("aoti_torch_new_tensor_handle") is { } newTensor
                ? new()
                {
                    Call = (delegate* unmanaged<byte*, byte*, ulong*, ulong, int>)call,
                    NewList = (delegate* unmanaged<nuint, IntPtr*, int>)newList,
                    PushBack = (delegate* unmanaged<IntPtr, ulong, int>)pushBack,
                    NewTensor = (delegate* unmanaged<IntPtr, IntPtr*, int>)newTensor,
                }
                : null;
        }
    }
}
