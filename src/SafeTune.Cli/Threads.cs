using SafeTune.Torch;
using static TorchSharp.torch;

namespace SafeTune.Cli;

/// <summary>How many threads torch uses.</summary>
internal static class Threads
{
    /// <summary>Sets the number; null = all processors, since some builds of libtorch start with one.</summary>
    public static void Use(int? threads)
    {
        TorchLibrary.Require();
        if (threads < 1) throw new UsageException($"--threads takes at least 1, not {threads}.");
        set_num_threads(threads ?? Environment.ProcessorCount);
    }
}
