#pragma warning disable CS1591
using static TorchSharp.torch;

namespace SafeTune.Checkpoints;

public interface ITensorFile : IDisposable
{
    string Path { get; }
    IReadOnlyDictionary<string, TensorEntry> Entries { get; }
    Tensor Read(string name, ScalarType? dtype = null, Device? device = null);
}

public static class Checkpoint
{
    public static ITensorFile Open(string folder) => SafeTensorsFile.Open(System.IO.Path.Combine(folder, "model.safetensors"));
}
