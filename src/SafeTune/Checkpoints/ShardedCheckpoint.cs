using static TorchSharp.torch;

namespace SafeTune.Checkpoints;

/// <summary>A checkpoint in several files, safetensors or of torch.save, with an index that says which tensor is in which. All of them are open at once.</summary>
/// <remarks>
/// The index decides: tensors of a shard that it does not list are ignored, as transformers takes its list of tensors from the index,
/// and a tensor that it lists must be in its shard.
/// </remarks>
public sealed class ShardedCheckpoint : ITensorFile
{
    private readonly Dictionary<string, ITensorFile> shards = [];
    private readonly Dictionary<string, ITensorFile> shardOf = [];
    private readonly Dictionary<string, TensorEntry> entries = [];

    private ShardedCheckpoint(string path) => Path = path;

    /// <inheritdoc/>
    public string Path { get; }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, TensorEntry> Entries => entries;

    /// <summary>Opens an index and the files that it names, which must lie in its folder or below.</summary>
    /// <exception cref="UsageException">A file is missing or broken, leaves the folder, or lacks a tensor that the index lists.</exception>
    public static ShardedCheckpoint Open(string path)
    {
        var files = ShardIndex.Read(path);
        ShardedCheckpoint checkpoint = new(path);
        try
        {
            foreach (var (name, file) in files) checkpoint.Add(name, file);
            return checkpoint;
        }
        catch
        {
            checkpoint.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public Tensor Read(string name, ScalarType? dtype = null, Device? device = null) =>
        shardOf.TryGetValue(name, out var shard) ? shard.Read(name, dtype, device) : throw Checkpoint.NoTensor(this, name);

    /// <summary>Closes the files. Tensors read from them stay valid.</summary>
    public void Dispose()
    {
        foreach (var shard in shards.Values) shard.Dispose();
    }

    private void Add(string name, string file)
    {
        if (!shards.TryGetValue(file, out var shard))
        {
            shard = Checkpoint.OpenFile(System.IO.Path.Combine(System.IO.Path.GetDirectoryName(Path) ?? "", file));
            shards.Add(file, shard);
        }
        shardOf.Add(name, shard);
        entries.Add(name, shard.Entries.GetValueOrDefault(name) ?? throw ShardIndex.Bad(Path, $"it places tensor '{name}' in {file}, which has no such tensor"));
    }
}
