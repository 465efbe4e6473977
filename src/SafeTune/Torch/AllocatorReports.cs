using System.Runtime.InteropServices;

namespace SafeTune.Torch;

/// <summary>
/// Receives what libtorch's allocators report of this thread and of the backward passes it starts: an object of class <c>c10::MemoryReportingInfoBase</c>,
/// laid out by hand (Itanium C++ ABI), that lies in the thread's debug info between construction and disposal.
/// </summary>
/// <remarks>Nested receivers pass reports on, so that the outer one stays exact. Dispose in reverse order, on the thread that constructed it.</remarks>
internal sealed unsafe class AllocatorReports : IDisposable
{
    private const byte Cpu = 0, Cuda = 1;
    private const int MostDevices = 16;

    private static readonly Lazy<(Interface? Interface, string? WhyNot)> Libtorch = new(Interface.Find);

    private readonly Receiver* receiver;
    private readonly void* guard;

    public AllocatorReports()
    {
        var c10 = Libtorch.Value.Interface ?? throw new NotSupportedException(WhyNot);
        c10.LogErrorsOnly();
        receiver = (Receiver*)NativeMemory.AllocZeroed((nuint)sizeof(Receiver));
        receiver->Methods = c10.Methods;
        receiver->Active = 1;
        receiver->Outer = (Receiver*)c10.GetDebugInfo(c10.ProfilerState);
        receiver->Blocks = BlockTable.Create(1024);
        guard = NativeMemory.AllocZeroed(64);
        // No control block: C++ counts no references and frees nothing.
        var shared = new SharedPointer { Object = (nint)receiver };
        c10.ConstructGuard((nint)guard, c10.ProfilerState, &shared);
    }

    /// <summary>Why reports cannot be received from this libtorch, in one sentence; null when they can.</summary>
    public static string? WhyNot => Libtorch.Value.WhyNot;

    /// <summary>Bytes of CPU blocks that arrived since construction and have not left.</summary>
    public long CurrentBytes => Volatile.Read(ref receiver->Current);

    public long PeakBytes => Volatile.Read(ref receiver->Peak);

    /// <summary>A CUDA device's bytes above those it held at construction, whole process, as of this thread's last report.</summary>
    public (long Current, long Peak) OnCuda(int device) => (receiver->CudaCurrent[device], receiver->CudaPeak[device]);

    public void ResetPeak()
    {
        receiver->Peak = receiver->Current;
        for (var device = 0; device < MostDevices; device++) receiver->CudaPeak[device] = receiver->CudaCurrent[device];
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref receiver->Active, 0) == 0) return;
        // The guard restores what lay there before, whatever lies on top: unlike ThreadLocalDebugInfo::_pop it throws nothing.
        Libtorch.Value.Interface!.DestroyGuard((nint)guard);
        NativeMemory.Free(guard);
        receiver->Blocks.Free();
        // The receiver itself stays: a backward pass on another thread may still hold its address. It is a few hundred bytes.
    }

    // libtorch keeps one table of sizes for the whole process and reports a free of any block in it, also of one that was there before this receiver.
    // So the blocks are kept here: only what arrived can leave, and an address seen again replaces a block freed out of sight.
    [UnmanagedCallersOnly]
    private static void Report(Receiver* self, nint block, long bytes, ulong allocated, ulong reserved, ushort device)
    {
        if (self->Active != 0)
        {
            while (Interlocked.CompareExchange(ref self->Lock, 1, 0) != 0) Thread.SpinWait(1);
            if (self->Active != 0 && (byte)device == Cpu) CountBlock(self, block, bytes);
            if (self->Active != 0 && (byte)device == Cuda && device >> 8 < MostDevices) CountTotal(self, device >> 8, bytes, (long)allocated);
            Volatile.Write(ref self->Lock, 0);
        }

        var outer = self->Outer;
        if (outer != null) ((delegate* unmanaged<Receiver*, nint, long, ulong, ulong, ushort, void>)outer->Methods[Interface.ReportMethod])(outer, block, bytes, allocated, reserved, device);
    }

    private static void CountBlock(Receiver* self, nint block, long bytes)
    {
        self->Current -= self->Blocks.Remove(block);
        if (bytes <= 0) return;
        self->Blocks.Add(block, bytes);
        self->Current += bytes;
        self->Peak = Math.Max(self->Peak, self->Current);
    }

    // The caching allocator's own total comes with every report.
    private static void CountTotal(Receiver* self, int device, long bytes, long allocated)
    {
        if (self->CudaSeen[device] == 0) (self->CudaSeen[device], self->CudaBefore[device]) = (1, allocated - bytes);
        self->CudaCurrent[device] = allocated - self->CudaBefore[device];
        self->CudaPeak[device] = Math.Max(self->CudaPeak[device], self->CudaCurrent[device]);
    }

    [UnmanagedCallersOnly]
    private static byte IsEnabled(Receiver* self) => (byte)self->Active;

    [UnmanagedCallersOnly]
    private static void Destroy(Receiver* self)
    {
    }

    // The C++ object: the address of its virtual methods comes first.
    [StructLayout(LayoutKind.Sequential)]
    private struct Receiver
    {
        public nint* Methods;
        public Receiver* Outer;
        public int Active, Lock;
        public long Current, Peak;
        public BlockTable Blocks;
        public fixed byte CudaSeen[MostDevices];
        public fixed long CudaBefore[MostDevices], CudaCurrent[MostDevices], CudaPeak[MostDevices];
    }

    // std::shared_ptr.
    [StructLayout(LayoutKind.Sequential)]
    private struct SharedPointer
    {
        public nint Object, ControlBlock;
    }

    // What libc10 exports, and the table of virtual methods.
    private sealed class Interface
    {
        public const int ReportMethod = 2, OutOfMemoryMethod = 3, EnabledMethod = 4;

        // Of c10::DebugInfoKind, a byte; in later versions the kinds are objects and this is the address of one.
        private const nint ProfilerStateKind = 2;

        private Interface(nint* methods) => Methods = methods;

        public nint* Methods { get; }

        public nint ProfilerState { get; private init; }

        public required delegate* unmanaged<nint, nint> GetDebugInfo { get; init; }

        public required delegate* unmanaged<nint, nint, SharedPointer*, void> ConstructGuard { get; init; }

        public required delegate* unmanaged<nint, void> DestroyGuard { get; init; }

        public required nint LogLevel { get; init; }

        public static (Interface? Interface, string? WhyNot) Find()
        {
            if (!OperatingSystem.IsLinux()) return (null, "Memory is measured through libtorch's allocator reports, which are read on Linux only.");
            if (TorchLibrary.WhyNot is { } reason) return (null, reason);
            var symbols = new Symbols();
            var reportOutOfMemory = symbols["_ZN3c1023MemoryReportingInfoBase17reportOutOfMemoryElmmNS_6DeviceE"];
            var ownMethods = symbols["_ZTVN3c1023MemoryReportingInfoBaseE"];
            var typeInfo = symbols["_ZTIN3c1023MemoryReportingInfoBaseE"];
            var get = symbols["_ZN3c1020ThreadLocalDebugInfo3getENS_13DebugInfoKindE"];
            var construct = symbols["_ZN3c1014DebugInfoGuardC1ENS_13DebugInfoKindESt10shared_ptrINS_13DebugInfoBaseEE"];
            var destroy = symbols["_ZN3c1014DebugInfoGuardD1Ev"];
            var level = symbols["FLAGS_caffe2_log_level"];
            // Two entries lie before the methods. The one method that the class itself implements tells whether the others are where they are expected.
            if (symbols.Missing is not null || ((nint*)ownMethods)[2 + OutOfMemoryMethod] != reportOutOfMemory)
                return (null, $"Memory cannot be measured: the allocator reports of libtorch {TorchLibrary.Version} have another layout than those of 2.10.");
            var kind = TorchLibrary.Export("libc10.so", "_ZN3c1013DebugInfoKind14PROFILER_STATEE") is { } address ? *(nint*)address : ProfilerStateKind;
            var methods = MakeMethods(typeInfo, reportOutOfMemory);
            return (new(methods)
            {
                ProfilerState = kind,
                GetDebugInfo = (delegate* unmanaged<nint, nint>)get,
                ConstructGuard = (delegate* unmanaged<nint, nint, SharedPointer*, void>)construct,
                DestroyGuard = (delegate* unmanaged<nint, void>)destroy,
                LogLevel = level,
            }, null);
        }

        // libtorch warns on standard error, every second, about each free of a block that no receiver has seen arrive, which is most frees of a training. Errors stay.
        public void LogErrorsOnly()
        {
            const int errors = 2;
            *(int*)LogLevel = Math.Max(*(int*)LogLevel, errors);
        }

        // Offset to the top, type, two destructors, reportMemoryUsage, reportOutOfMemory, memoryProfilingEnabled.
        private static nint* MakeMethods(nint typeInfo, nint reportOutOfMemory)
        {
            var table = (nint*)NativeMemory.AllocZeroed(7, (nuint)sizeof(nint));
            table[1] = typeInfo;
            var methods = table + 2;
            methods[0] = methods[1] = (nint)(delegate* unmanaged<Receiver*, void>)&Destroy;
            methods[ReportMethod] = (nint)(delegate* unmanaged<Receiver*, nint, long, ulong, ulong, ushort, void>)&Report;
            methods[OutOfMemoryMethod] = reportOutOfMemory;
            methods[EnabledMethod] = (nint)(delegate* unmanaged<Receiver*, byte>)&IsEnabled;
            return methods;
        }
    }

    // Looks names up in libc10 and remembers the first that is not there.
    private sealed class Symbols
    {
        public string? Missing { get; private set; }

        public nint this[string name]
        {
            get
            {
                if (TorchLibrary.Export("libc10.so", name) is { } address) return address;
                Missing ??= name;
                return 0;
            }
        }
    }
}
