using System.Text.Json.Nodes;
using SafeTune.Checkpoints;
using TorchSharp;

namespace SafeTune.Tests;

/// <summary>A copy of a folder of a model or an adapter, to change it.</summary>
internal sealed class ModelFolder : IDisposable
{
    public ModelFolder(string source)
    {
        foreach (var file in Directory.GetFiles(source)) File.Copy(file, System.IO.Path.Combine(Path, System.IO.Path.GetFileName(file)));
    }

    public string Path { get; } = Directory.CreateTempSubdirectory("safetune-copy-").FullName;

    /// <summary>Sets a key of a JSON file; null takes it away.</summary>
    public void Set(string key, string? json, string file = "config.json")
    {
        var path = System.IO.Path.Combine(Path, file);
        var config = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        config.Remove(key);
        if (json is not null) config[key] = JsonNode.Parse(json);
        File.WriteAllText(path, config.ToJsonString());
    }

    /// <summary>Writes the tensors anew.</summary>
    public void Rewrite(Func<IEnumerable<(string Name, torch.Tensor Value)>, IEnumerable<(string, torch.Tensor)>> change, string file = "model.safetensors")
    {
        var path = System.IO.Path.Combine(Path, file);
        using var read = SafeTensorsFile.Open(path);
        SafeTensors.Write(path, [.. change(read.Entries.Keys.Select(name => (name, read.Read(name))))]);
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
