using System.Runtime.InteropServices;

namespace SafeTune.Kernels;

/// <summary>Memory of one thread of a parallel loop, aligned for vectors. Not libtorch's: its size depends on nothing but shapes, and no meter counts it.</summary>
internal readonly unsafe ref struct Scratch(long floats)
{
    public float* Floats { get; } = (float*)NativeMemory.AlignedAlloc((nuint)(floats * sizeof(float)), 64);

    public void Dispose() => NativeMemory.AlignedFree(Floats);
}
