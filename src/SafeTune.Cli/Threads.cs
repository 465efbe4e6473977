using static TorchSharp.torch;

namespace SafeTune.Cli;

/// <summary>How many threads torch uses.</summary>
internal static class Threads
{
    /// <summary>Sets the number; null leaves torch's own choice.</summary>
    public static void Use(int? threads)
    {
        if (threads is not { } count) return;
        if (count < 1) throw new UsageException($"--threads takes at least 1, not {count}.");
        set_num_threads(count);
    }
}
