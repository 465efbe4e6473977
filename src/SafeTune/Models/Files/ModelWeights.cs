using SafeTune.Checkpoints;
using TorchSharp;
using static SafeTune.Torch.Scalars;
using static TorchSharp.torch;

namespace SafeTune.Models;

/// <summary>Brings a file's tensors to a model's places.</summary>
internal static class ModelWeights
{
    // First parts of the names of transformers' heads. In files of bare models, whose other names lack the family's prefix, only these tell a head.
    private static readonly HashSet<string> Heads = ["cls", "classifier", "decoder", "heads", "lm_head", "multiple_choice_head", "qa_outputs", "score"];

    /// <summary>Builds the model and fills it.</summary>
    /// <exception cref="UsageException">Tensors are missing, unexpected or of another shape.</exception>
    public static Transformer Load(ITensorFile file, ModelConfig config, HeadOptions head, LoadOptions options)
    {
        using var plain = config.Build(head);
        var stored = Canonical(plain, file);
        var model = config.Build(Completed(config, head, stored, file, options));
        try
        {
            Fill(model, file, stored, options);
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>A weight as Hugging Face initialises it.</summary>
    public static Tensor Fresh(Weight weight, ModelConfig config, ScalarType dtype, Device? device)
    {
        using var off = no_grad();
        var value = empty([.. weight.Shape], dtype, device);
        return weight.Initial is { } all ? value.fill_(Kept(all)) : value.normal_(0, config.InitializerRange);
    }

    /// <summary>The head with the parts that are new: those that an adapter brings and, in training, those of which the file has nothing.</summary>
    private static HeadOptions Completed(ModelConfig config, HeadOptions head, Dictionary<string, string> stored, ITensorFile file, LoadOptions options)
    {
        var own = HeadPaths(config, head);
        foreach (var other in new[] { head with { TrainsPooler = true }, head with { IsFresh = true } })
        {
            string[] parts = [.. HeadPaths(config, other).Except(own)];
            if (parts.Length == 0) continue;
            var isBrought = parts.All(options.Brought.Contains);
            if (!isBrought && (!options.IsTraining || parts.Any(stored.ContainsKey))) continue;
            string[] modules = [.. parts.Select(Module).Distinct()];
            if (!isBrought)
                options.Warn?.Invoke($"{file.Path} has no '{string.Join("' and no '", modules)}', which the task needs: {(modules.Length == 1 ? "it starts" : "they start")} from random values, and {(modules.Length == 1 ? "is" : "are")} trained and saved too.");
            head = head with { TrainsPooler = head.TrainsPooler || other.TrainsPooler, IsFresh = other.IsFresh };
        }

        return head;
    }

    private static IEnumerable<string> HeadPaths(ModelConfig config, HeadOptions head)
    {
        using var model = config.Build(head);
        return [.. model.HeadWeights.Select(entry => entry.Path)];
    }

    private static void Fill(Transformer model, ITensorFile file, Dictionary<string, string> stored, LoadOptions options)
    {
        var config = model.Config;
        List<string> missing = [], replaced = [];
        var heads = model.HeadWeights.Select(entry => entry.Path).ToHashSet();
        foreach (var (name, weight) in model.NamedWeights())
        {
            var isFresh = model.HeadOptions.IsFresh && heads.Contains(name);
            var isStored = stored.Remove(name, out var key);
            if (isStored && isFresh) replaced.Add(name);
            if (isStored && !isFresh) weight.Set(Read(file, key!, weight, options));
            else if (isFresh || weight.IsOptional || options.Brought.Contains(name)) weight.Set(Fresh(weight, config, ScalarType.Float32, options.Device));
            else
            {
                missing.Add(name);
                if (options.AllowMismatch) weight.Set(Fresh(weight, config, options.Dtype, options.Device));
            }
        }

        CheckTied(model, file, stored);
        string[] rest = [.. stored.Keys.Where(name => !config.LeavesOut(name))];
        string[] unused = [.. rest.Where(name => IsHead(name, config))];
        if (options.IsTraining && Parts([.. replaced, .. unused]) is { Length: > 0 } parts)
            options.Warn?.Invoke($"{file.Path}: {(parts.Length == 1 ? "the head" : "the heads")} '{string.Join("', '", parts)}' {(parts.Length == 1 ? "is" : "are")} of an earlier task and {(parts.Length == 1 ? "was" : "were")} left out.");
        RefuseWithoutPooler(config, file, missing, options);
        Refuse(missing, $"{file.Path}: missing", "; the file does not fit its config.json or has no such head.", options);
        Refuse([.. rest.Except(unused).Select(name => stored[name])], $"{file.Path}: unexpected", "; the file does not fit its config.json.", options);
    }

    /// <summary>The file's names by the names that the model uses: with the family's prefix, which files of bare models leave out.</summary>
    private static Dictionary<string, string> Canonical(Transformer model, ITensorFile file)
    {
        var config = model.Config;
        // What torch's DataParallel puts before all names.
        var wrapper = file.Entries.Count > 0 && file.Entries.Keys.All(key => key.StartsWith("module.", StringComparison.Ordinal)) ? "module." : "";
        var isBare = !file.Entries.Keys.Any(key => First(config.Modern(key[wrapper.Length..])) == config.Prefix);
        var outside = model.NamedWeights().Select(entry => entry.Path).Concat(model.Tied.Keys).Select(First).Append(config.Prefix).Concat(Heads).ToHashSet();
        Dictionary<string, string> stored = [];
        foreach (var key in file.Entries.Keys)
        {
            var modern = config.Modern(key[wrapper.Length..]);
            var name = !isBare || outside.Contains(First(modern)) ? modern : $"{config.Prefix}.{modern}";
            if (!stored.TryAdd(name, key)) throw new UsageException($"{file.Path}: '{stored[name]}' and '{key}' are the same weight under two names; expected it once.");
        }

        // A file may have a tied weight under its other name only.
        foreach (var (name, original) in model.Tied)
            if (!stored.ContainsKey(original) && stored.Remove(name, out var key)) stored.Add(original, key);
        return stored;
    }

    // What lies beside the encoder, which no head changes.
    private static bool IsHead(string name, ModelConfig config) => First(name) != config.Prefix;

    // A file may repeat a tied weight under its other name; then both must agree.
    private static void CheckTied(Transformer model, ITensorFile file, Dictionary<string, string> stored)
    {
        foreach (var (name, original) in model.Tied)
        {
            if (!stored.Remove(name, out var key)) continue;
            using var off = no_grad();
            using var scope = NewDisposeScope();
            var weight = model.NamedWeights().First(entry => entry.Path == original).Weight;
            if (!weight.IsLoaded) continue;
            var copy = file.Read(key, weight.Value.dtype, weight.Value.device);
            if (!copy.shape.AsSpan().SequenceEqual(weight.Value.shape) || !copy.eq(weight.Value).all().item<bool>())
                throw new UsageException($"{file.Path}: '{key}' differs from '{original}', and config.json ties the two; set tie_word_embeddings to false if they were trained apart.");
        }
    }

    private static void RefuseWithoutPooler(ModelConfig config, ITensorFile file, List<string> missing, LoadOptions options)
    {
        if (config.Pooler is not { } pooler || options.AllowMismatch || missing.Count == 0 || !missing.All(name => name.StartsWith(pooler + ".", StringComparison.Ordinal))) return;
        throw new UsageException($"{file.Path}: missing the tensor '{missing[0]}', the pooler that a head for labels reads: models of masked tokens are often saved without one. "
            + "No adapter or head that was trained on top of another pooler predicts anything with this file; take the file that it was trained on, or train anew.");
    }

    private static void Refuse(IReadOnlyCollection<string> names, string start, string end, LoadOptions options)
    {
        if (names.Count == 0) return;
        var sentence = $"{start} {(names.Count == 1 ? "the tensor " : $"{names.Count} tensors: ")}{string.Join(", ", names.Take(5).Select(name => $"'{name}'"))}{(names.Count > 5 ? ", …" : "")}{end}";
        if (!options.AllowMismatch) throw new UsageException(sentence);
        options.Warn?.Invoke(sentence);
    }

    private static Tensor Read(ITensorFile file, string key, Weight weight, LoadOptions options)
    {
        var found = file.Entries[key].Shape;
        return found.AsSpan().SequenceEqual(weight.Shape.ToArray())
            ? file.Read(key, options.Dtype, options.Device)
            : throw new UsageException($"{file.Path}: the tensor '{key}' has the shape [{string.Join(", ", found)}], and config.json asks for [{string.Join(", ", weight.Shape)}].");
    }

    private static string[] Parts(IEnumerable<string> names) => [.. names.Select(First).Distinct()];

    private static string Module(string name) => name[..name.LastIndexOf('.')];

    private static string First(string name) => name.Split('.')[0];
}
