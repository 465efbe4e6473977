using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace SafeTune.Torch;

/// <summary>What TorchSharp's native library exports and TorchSharp itself keeps to itself or makes slow. After a call that can fail: <see cref="CheckForErrors"/>.</summary>
internal static unsafe partial class LibTorchSharp
{
    private const string Library = "LibTorchSharp";

    /// <summary>The first element of a tensor in host memory, whatever its size and offset; null for no tensor.</summary>
    public static float* Floats(Tensor? tensor) => tensor is null ? null : (float*)THSTensor_data(tensor.Handle);

    [LibraryImport(Library)] public static partial IntPtr THSTensor_data(IntPtr tensor);

    [LibraryImport(Library)] public static partial void THSTensor_dispose(IntPtr tensor);

    [LibraryImport(Library)] public static partial NodeHandles THSAutograd_CSharpNode_ctor(IntPtr apply, IntPtr delete);

    [LibraryImport(Library)] public static partial void THSAutograd_CSharpNode_disposeSharedPtr(NodeHandles node);

    [LibraryImport(Library)] public static partial void THSAutograd_CSharpNode_disposeWeakPtr(NodeHandles node);

    [LibraryImport(Library)] public static partial void THSAutograd_CSharpNode_setNextEdges(NodeHandles node, TensorHandles inputs, byte executable);

    /// <param name="inputs">Whose gradients the node computes.</param>
    /// <param name="constant">Outputs that have no gradient.</param>
    /// <param name="changed">Inputs that were changed in place.</param>
    /// <param name="outputs">They get the node as their gradient function.</param>
    /// <param name="node">The node.</param>
    /// <param name="allocate">Returns room for so many handles; second ones on the outputs are written there.</param>
    [LibraryImport(Library)]
    public static partial void THSAutograd_Function_wrapOutputs(
        TensorHandles inputs, TensorHandles constant, TensorHandles changed, TensorHandles outputs, NodeHandles node, delegate* unmanaged<nuint, IntPtr*> allocate);

    [LibraryImport(Library)] public static partial IntPtr THSAutograd_SavedVariable_ctor(IntPtr tensor, NodeHandles node, byte isInPlaceOnView);

    [LibraryImport(Library)] public static partial IntPtr THSAutograd_SavedVariable_unpack(IntPtr saved, NodeHandles node);

    [LibraryImport(Library)] public static partial void THSAutograd_SavedVariable_dispose(IntPtr saved);

    /// <summary>std::shared_ptr and std::weak_ptr of a node, each on the heap.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct NodeHandles
    {
        public IntPtr Shared, Weak;
    }

    /// <summary>An array of tensor handles.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct TensorHandles
    {
        public IntPtr* First;
        public long Count;
    }
}
