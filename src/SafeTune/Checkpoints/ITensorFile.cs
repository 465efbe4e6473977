using static TorchSharp.torch;

namespace SafeTune.Checkpoints;

/// <summary>A file, or a set of files, of named tensors open for reading. Names, types and shapes are known at once, numbers are read when asked for.</summary>
public interface ITensorFile : IDisposable
{
    /// <summary>The file, as errors name it; for a sharded set its index.</summary>
    string Path { get; }

    /// <summary>The tensors by name.</summary>
    IReadOnlyDictionary<string, TensorEntry> Entries { get; }

    /// <summary>Reads one tensor. Needs memory for that tensor alone, whatever its type in the file.</summary>
    /// <param name="name">A key of <see cref="Entries"/>.</param>
    /// <param name="dtype">Type to convert to; null keeps the file's, for example half precision.</param>
    /// <param name="device">Where the tensor goes; null is the CPU.</param>
    /// <returns>A new contiguous tensor of the entry's shape, without gradient; the caller or its dispose scope owns it.</returns>
    /// <exception cref="UsageException">There is no such tensor (the nearest name is suggested), or the file is damaged or shrank meanwhile.</exception>
    Tensor Read(string name, ScalarType? dtype = null, Device? device = null);
}
