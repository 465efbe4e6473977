using SafeTune.Checkpoints.Pickles;

namespace SafeTune.Checkpoints;

/// <summary>Opens checkpoints whatever their format: safetensors, files of torch.save, and both in shards.</summary>
public static class Checkpoint
{
    private const string IndexSuffix = ".index.json";

    private static readonly string[] Names = ["model.safetensors", "model.safetensors" + IndexSuffix, "pytorch_model.bin", "pytorch_model.bin" + IndexSuffix];

    /// <summary>Opens the weights of a model folder in Hugging Face's layout, or one file.</summary>
    /// <param name="path">
    /// A folder, in which model.safetensors, model.safetensors.index.json, pytorch_model.bin and pytorch_model.bin.index.json are looked for in this order;
    /// or a file, whose kind is told by its first bytes (an index by its name).
    /// </param>
    /// <exception cref="UsageException">There is no such file, or it breaks a rule of its format.</exception>
    public static ITensorFile Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (Directory.Exists(path)) path = InFolder(path);
        return path.EndsWith(IndexSuffix, StringComparison.Ordinal) ? ShardedCheckpoint.Open(path) : OpenFile(path);
    }

    /// <summary>The files that <see cref="Open"/> reads of a model folder.</summary>
    internal static IReadOnlyList<string> Files(string folder)
    {
        var path = InFolder(folder);
        return path.EndsWith(IndexSuffix, StringComparison.Ordinal) ? [path, .. ShardIndex.Read(path).Values.Distinct().Select(name => Path.Combine(folder, name))] : [path];
    }

    /// <summary>Opens one file by its first bytes; never an index.</summary>
    internal static ITensorFile OpenFile(string path)
    {
        var prefix = Prefix(path);
        if (TorchZip.Is(prefix) || LegacyTorchFile.Is(prefix)) return PickleFile.Open(path);
        if (prefix.AsSpan().StartsWith("version https://git-lfs"u8))
            throw new UsageException($"{path} is a Git LFS pointer, not the file that it stands for; run `git lfs pull` in its folder.");
        // What calls itself safetensors gets that format's own errors.
        if (prefix is [_, _, _, _, _, _, _, _, (byte)'{', ..] || path.EndsWith(".safetensors", StringComparison.Ordinal)) return SafeTensorsFile.Open(path);
        throw new UsageException($"{path} is neither a safetensors file nor one of torch.save; download or export it again.");
    }

    internal static UsageException NoTensor(ITensorFile file, string name) =>
        new($"{file.Path} has no tensor '{name}'; it has {file.Entries.Count} others.{Nearest.Hint(name, file.Entries.Keys)}");

    private static string InFolder(string folder) =>
        Names.Select(name => Path.Combine(folder, name)).FirstOrDefault(File.Exists)
            ?? throw new UsageException($"The folder '{folder}' has no weights: looked for {string.Join(", ", Names[..^1])} and {Names[^1]}.");

    private static byte[] Prefix(string path)
    {
        using var file = BinaryFile.Open(path, "a checkpoint");
        var prefix = new byte[Math.Min(file.Length, 64)];
        file.Fill(prefix, 0, "its first bytes");
        return prefix;
    }
}
