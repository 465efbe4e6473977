using System.Security.Cryptography;
using SafeTune.Checkpoints;

namespace SafeTune.Training;

/// <summary>Which files a fine-tuned model consists of, the pre-trained model's included, so that one that was changed, swapped, cut or added since is told.</summary>
internal static class FileRecord
{
    private const int Part = 1 << 20, Named = 4;
    private const string ModelPrefix = "model/";
    private static readonly string[] AdapterFiles =
        ["adapter_config.json", "adapter_model.safetensors", "adapter.safetensors", "head_config.json", "model_head.safetensors", "bitfit_config.json", "bitfit_model.safetensors"];

    /// <summary>What lies there now: a digest of each file's length, first and last MiB, by name.</summary>
    /// <param name="folder">The adapter's; null = the model was trained in full.</param>
    /// <param name="model">The folder of the model and its tokenizer.</param>
    public static SortedDictionary<string, string> Of(string? folder, string model)
    {
        SortedDictionary<string, string> found = new(StringComparer.Ordinal);
        if (folder is not null) foreach (var name in AdapterFiles.Where(name => File.Exists(Path.Combine(folder, name)))) found[name] = Digest(Path.Combine(folder, name));
        foreach (var path in HuggingFaceFolder.TokenizerFiles.Append("config.json").Select(name => Path.Combine(model, name)).Where(File.Exists).Concat(Checkpoint.Files(model)))
            found[ModelPrefix + Path.GetFileName(path)] = Digest(path);
        return found;
    }

    /// <summary>A sentence about what has changed, or null.</summary>
    /// <param name="recorded">As it was saved; null = nothing was recorded.</param>
    /// <param name="folder">As for <see cref="Of"/>.</param>
    /// <param name="model">As for <see cref="Of"/>.</param>
    public static string? Changes(IReadOnlyDictionary<string, string>? recorded, string? folder, string model)
    {
        if (recorded is null) return null;
        var found = Of(folder, model);
        string[] changes =
        [
            .. recorded.Keys.Union(found.Keys).Order(StringComparer.Ordinal).Where(name => recorded.GetValueOrDefault(name) != found.GetValueOrDefault(name))
                .Select(name => $"{name} ({(!found.ContainsKey(name) ? "gone" : recorded.ContainsKey(name) ? "another" : "new")})"),
        ];
        return changes.Length == 0 ? null : $"These files are not what they were when the result was saved: {string.Join(", ", changes.Take(Named))}{(changes.Length > Named ? ", …" : "")}; predictions may differ.";
    }

    // Of weights the ends will do: all tensors of another training are others.
    private static string Digest(string path)
    {
        using var file = File.OpenRead(path);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(BitConverter.GetBytes(file.Length));
        var buffer = new byte[(int)Math.Min(Part, file.Length)];
        file.ReadExactly(buffer);
        hash.AppendData(buffer);
        file.Position = file.Length - buffer.Length;
        file.ReadExactly(buffer);
        hash.AppendData(buffer);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
