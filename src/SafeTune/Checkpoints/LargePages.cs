using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace SafeTune.Checkpoints;

/// <summary>Asks Linux for pages of 2 MiB under memory that is about to be filled: 512 times fewer page faults, which otherwise cost ten times the reading.</summary>
internal static class LargePages
{
    private const nuint PageBytes = 2 << 20;

    // MADV_HUGEPAGE of linux/mman.h.
    private const int HugePage = 14;

    /// <summary>Advises the whole large pages inside the span, so that no byte beside it is touched. A kernel that cannot do it goes on as before.</summary>
    public static unsafe void Advise(Span<byte> memory)
    {
        if (!OperatingSystem.IsLinux()) return;
        var begin = ((nuint)Unsafe.AsPointer(ref MemoryMarshal.GetReference(memory)) + PageBytes - 1) / PageBytes * PageBytes;
        var end = ((nuint)Unsafe.AsPointer(ref MemoryMarshal.GetReference(memory)) + (nuint)memory.Length) / PageBytes * PageBytes;
        if (end > begin) _ = MemoryAdvise(begin, end - begin, HugePage);
    }

    [DllImport("libc", EntryPoint = "madvise")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int MemoryAdvise(nuint address, nuint length, int advice);
}
