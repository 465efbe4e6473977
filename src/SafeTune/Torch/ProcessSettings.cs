using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace SafeTune.Torch;

/// <summary>What must be set in the process before libtorch is loaded, on Linux: when this assembly is first used.</summary>
internal static partial class ProcessSettings
{
    // Of glibc's malloc.h.
    private const int TrimThreshold = -1, MmapMax = -4, ArenaMax = -8;

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)] private static partial int setenv(string name, string value, int overwrite);

    [LibraryImport("libc")] private static partial int mallopt(int parameter, int value);

#pragma warning disable CA2255 // A library that needs its module initializer: libtorch reads the environment once, when TorchSharp loads it.
    [ModuleInitializer]
    internal static void Set()
    {
        if (!OperatingSystem.IsLinux()) return;
        try
        {
            SleepBetweenRegions();
            KeepFreedBlocks();
        }
        catch (Exception error) when (error is EntryPointNotFoundException or DllNotFoundException)
        {
            // Another libc than glibc (musl), which may lack them: a program runs without, slower.
        }
    }
#pragma warning restore CA2255

    /// <summary>Sets a variable for libtorch and for the processes started from here, unless the user has.</summary>
    internal static void Default(string name, string value)
    {
        if (Environment.GetEnvironmentVariable(name) is { Length: > 0 }) return;
        // Environment.SetEnvironmentVariable does not reach the environment that native code sees, and setenv not that of child processes.
        Environment.SetEnvironmentVariable(name, value);
        if (OperatingSystem.IsLinux()) _ = setenv(name, value, overwrite: 0);
    }

    // OpenMP's threads otherwise spin for milliseconds after each of libtorch's operators, on the processors that the kernels' threads want.
    private static void SleepBetweenRegions() => _ = setenv("OMP_WAIT_POLICY", "passive", overwrite: 0);

    // glibc gives large blocks back to the kernel on every free, so that each activation costs its page faults again. Measured in a .NET process,
    // steps of 18 blocks of 6 to 27 MB, all touched and freed: 120 ms a step as glibc comes, 18 with these (first thread); 74 to 102, then 26 to 34
    // (pool thread). Resident memory stays flat over 120 steps of varying sizes, at about 1.2 times what is live; without an arena limit it
    // creeps up on pool threads. A threshold of 32 MB in place of no maps is as fast but leaves out BERT-base's 50 MB activations.
    private static void KeepFreedBlocks()
    {
        _ = mallopt(MmapMax, 0);
        _ = mallopt(TrimThreshold, int.MaxValue);
        _ = mallopt(ArenaMax, 1);
    }
}
