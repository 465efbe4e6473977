using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace TorchSharp.Interop;

/// <summary>How libtorch's OpenMP threads wait.</summary>
internal static partial class OpenMp
{
    // By default they spin after every parallel loop, on the processors that OpenBLAS's own threads need: a training step then takes a third longer.
    // Read once, when libtorch is loaded, hence so early; a value set by hand wins.
    [ModuleInitializer]
    internal static void SleepWhileWaiting() => _ = SetEnvironment("OMP_WAIT_POLICY", "passive", 0);

    // .NET's own environment is a copy that native code does not see.
    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironment(string name, string value, int overwrite);
}
