using System.Runtime.InteropServices;

namespace SafeTune.Measurement;

/// <summary>Tells by its words whether an error of libtorch is that memory ran out: it has no type of its own for that.</summary>
public static class OutOfMemory
{
    private static readonly string[] Words = ["out of memory", "allocate memory"];

    /// <summary>Whether it is, on a CPU or a GPU.</summary>
    public static bool Is(Exception error) => error is ExternalException && Words.Any(words => error.Message.Contains(words, StringComparison.OrdinalIgnoreCase));
}
