using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using SafeTune.Torch;
using static SafeTune.Torch.LibTorchSharp;
using static TorchSharp.torch;

namespace SafeTune.Kernels;

/// <summary>
/// A node of autograd's graph whose backward pass is C# code, over the functions that LibTorchSharp exports for TorchSharp's own custom functions.
/// Those keep a copy of every output and free what they saved in finalizers; this one keeps what it is given, as libtorch's own nodes do.
/// </summary>
internal sealed unsafe class AutogradNode
{
    // The native callbacks take no argument, so every node needs entry points of its own. Native code holds them: nodes are never collected, but used again.
    private static readonly ConcurrentBag<AutogradNode> Idle = [];
    private static readonly ConcurrentBag<AutogradNode> All = [];
    private static readonly Lazy<IntPtr?> KeepsGraph = new(() => TorchLibrary.Export("libtorch_cpu.so", "_ZN5torch8autograd33get_current_graph_task_keep_graphEv"));
    private static ExceptionDispatchInfo? failure;

    // Gradients that the thread's last node handed over: native code has its own references by the time of the next call.
    [ThreadStatic] private static List<Tensor>? released;
    [ThreadStatic] private static IntPtr* room;
    [ThreadStatic] private static nuint roomFor;

    private readonly ApplyCallback apply;
    private readonly DeleteCallback delete;
    private readonly IntPtr applyEntry;
    private readonly IntPtr deleteEntry;
    private NodeHandles handles;
    private Backward? backward;
    private IntPtr[]? saved;
    private long[][] inputShapes = [];
    private IntPtr* results;

    private AutogradNode()
    {
        apply = Apply;
        delete = Delete;
        applyEntry = Marshal.GetFunctionPointerForDelegate(apply);
        deleteEntry = Marshal.GetFunctionPointerForDelegate(delete);
        All.Add(this);
    }

    /// <summary>A backward pass.</summary>
    /// <param name="gradients">Of the outputs, null where nothing depends on one. They are the caller's.</param>
    /// <param name="saved">What was saved, with its history where gradients are themselves differentiated. The caller's too.</param>
    /// <returns>Of the inputs, null where there is none; fresh tensors, which become the caller's.</returns>
    public delegate Tensor?[] Backward(Tensor?[] gradients, Tensor?[] saved);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate TensorHandles ApplyCallback(IntPtr* gradients, int count);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate void DeleteCallback();

    /// <summary>Whether gradients are being computed that will themselves be differentiated: inside a <see cref="Backward"/>.</summary>
    public static bool IsDifferentiatedAgain => is_grad_enabled();

    /// <summary>Whether autograd wants a node for an operator on these inputs.</summary>
    public static bool IsWanted(params ReadOnlySpan<Tensor?> inputs)
    {
        if (!is_grad_enabled()) return false;
        foreach (var input in inputs)
        {
            if (input is { requires_grad: true }) return true;
        }

        return false;
    }

    /// <summary>Gives outputs a gradient function.</summary>
    /// <param name="inputs">What they were computed from.</param>
    /// <param name="outputs">Fresh tensors without history, no views.</param>
    /// <param name="saved">Inputs, outputs and other tensors for the backward pass; held until it has run, or until nothing needs it any more.</param>
    /// <param name="backward">Computes the inputs' gradients. What it throws comes out of <see cref="Gradients"/>' functions.</param>
    public static void Attach(ReadOnlySpan<Tensor> inputs, ReadOnlySpan<Tensor> outputs, ReadOnlySpan<Tensor?> saved, Backward backward)
    {
        ThrowFailure();
        if (!Idle.TryTake(out var node)) node = new();
        node.Attach(inputs, outputs, saved);
        node.backward = backward;
    }

    /// <summary>Drops the last reference of the thread's last node to the gradients it handed over.</summary>
    public static void ReleaseGradients()
    {
        if (released is null) return;
        foreach (var gradient in released) gradient.Dispose();
        released.Clear();
    }

    /// <summary>Throws what a backward pass threw since the last call: no exception may cross the native engine.</summary>
    public static void ThrowFailure() => Interlocked.Exchange(ref failure, null)?.Throw();

    private void Attach(ReadOnlySpan<Tensor> inputs, ReadOnlySpan<Tensor> outputs, ReadOnlySpan<Tensor?> kept)
    {
        handles = THSAutograd_CSharpNode_ctor(applyEntry, deleteEntry);
        CheckForErrors();
        inputShapes = new long[inputs.Length][];
        results = (IntPtr*)NativeMemory.Realloc(results, (nuint)(inputs.Length * sizeof(IntPtr)));
        IntPtr* from = stackalloc IntPtr[inputs.Length], to = stackalloc IntPtr[outputs.Length];
        for (var i = 0; i < inputs.Length; i++) (from[i], inputShapes[i]) = (inputs[i].Handle, inputs[i].shape);
        for (var i = 0; i < outputs.Length; i++) to[i] = outputs[i].Handle;
        TensorHandles sources = new() { First = from, Count = inputs.Length }, made = new() { First = to, Count = outputs.Length };
        THSAutograd_CSharpNode_setNextEdges(handles, sources, executable: 1);
        CheckForErrors();
        THSAutograd_Function_wrapOutputs(sources, constant: default, changed: default, made, handles, &Room);
        CheckForErrors();
        // Second handles on the outputs, which have their history now.
        for (var i = 0; i < outputs.Length; i++) THSTensor_dispose(room[i]);
        saved = new IntPtr[kept.Length];
        for (var i = 0; i < kept.Length; i++) saved[i] = kept[i] is { } tensor ? THSAutograd_SavedVariable_ctor(tensor.Handle, handles, isInPlaceOnView: 0) : IntPtr.Zero;
        CheckForErrors();
        // The outputs hold the node from here on.
        THSAutograd_CSharpNode_disposeSharedPtr(handles);
    }

    [UnmanagedCallersOnly]
    private static IntPtr* Room(nuint count)
    {
        if (count > roomFor)
        {
            room = (IntPtr*)NativeMemory.Realloc(room, count * (nuint)sizeof(IntPtr));
            roomFor = count;
        }

        return room;
    }

    private TensorHandles Apply(IntPtr* gradients, int count)
    {
        released ??= [];
        try
        {
            ReleaseGradients();
            if (saved is null) throw new InvalidOperationException("The backward pass has run already and freed what it needs: run it with retain_graph where it is to run again.");
            var found = Run(gradients, count, saved);
            if (!IsGraphKept()) Free();
            for (var i = 0; i < inputShapes.Length; i++) results[i] = HandOver(found[i]);
        }
        catch (Exception error)
        {
            // Autograd.grad has no barrier on the native side: an error of the engine's would end the process. So it gets zeros, and the caller the exception.
            Interlocked.CompareExchange(ref failure, ExceptionDispatchInfo.Capture(error), null);
            for (var i = 0; i < inputShapes.Length; i++) results[i] = HandOver(TryZeros(inputShapes[i]));
        }

        return new() { First = results, Count = inputShapes.Length };
    }

    private Tensor?[] Run(IntPtr* gradients, int count, IntPtr[] kept)
    {
        var above = new Tensor?[count];
        var unpacked = new Tensor?[kept.Length];
        try
        {
            for (var i = 0; i < count; i++) above[i] = gradients[i] == 0 ? null : Tensor.UnsafeCreateTensor(gradients[i]).DetachFromDisposeScope();
            for (var i = 0; i < kept.Length; i++) unpacked[i] = kept[i] == 0 ? null : Unpacked(kept[i]);
            return backward!(above, unpacked);
        }
        finally
        {
            foreach (var tensor in above) tensor?.Dispose();
            foreach (var tensor in unpacked) tensor?.Dispose();
        }
    }

    private Tensor Unpacked(IntPtr variable)
    {
        var handle = THSAutograd_SavedVariable_unpack(variable, handles);
        CheckForErrors();
        return Tensor.UnsafeCreateTensor(handle).DetachFromDisposeScope();
    }

    private static IntPtr HandOver(Tensor? gradient)
    {
        if (gradient is null) return 0;
        released!.Add(gradient.DetachFromDisposeScope());
        return gradient.Handle;
    }

    private static Tensor? TryZeros(long[] shape)
    {
        try
        {
            return zeros(shape);
        }
        catch (ExternalException)
        {
            return null;
        }
    }

    // As the engine itself decides what its nodes may free; without that function what was saved lives as long as the node.
    private static bool IsGraphKept() => KeepsGraph.Value is not { } function || ((delegate* unmanaged<byte>)function)() != 0;

    private void Free()
    {
        foreach (var variable in saved ?? [])
        {
            if (variable != 0) THSAutograd_SavedVariable_dispose(variable);
        }

        saved = null;
        backward = null;
    }

    private void Delete()
    {
        Free();
        THSAutograd_CSharpNode_disposeWeakPtr(handles);
        Idle.Add(this);
    }
}
