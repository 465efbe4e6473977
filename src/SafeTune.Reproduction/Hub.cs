namespace SafeTune.Reproduction;

/// <summary>A folder that serves models and data: our layout (<c>models/&lt;name&gt;</c>, <c>datasets/</c>) or the Hugging Face cache.</summary>
/// <param name="Folder">The hub.</param>
/// <param name="ModelFolder">The model's folder; null when none was asked for.</param>
public sealed record Hub(string Folder, string? ModelFolder)
{
    public string DatasetsFolder => Path.Combine(Folder, "datasets");

    /// <summary>The folder named by <c>--hub</c>, else by <c>SAFETUNE_HUB</c>, else the Hugging Face cache when it has the model.</summary>
    /// <param name="option">What <c>--hub</c> says.</param>
    /// <param name="model">The model that it must have; null = none.</param>
    /// <exception cref="UsageException">There is none, or it lacks the model; the sentence says what to pass.</exception>
    public static Hub Find(string? option, string? model) => Find(option, model, Environment.GetEnvironmentVariable);

    internal static Hub Find(string? option, string? model, Func<string, string?> environment)
    {
        string? variable = environment("SAFETUNE_HUB");
        string? named = !string.IsNullOrEmpty(option) ? option : !string.IsNullOrEmpty(variable) ? variable : null;
        string wanted = model is null ? "datasets/" : $"models/{model} and datasets/";
        if (named is not null)
        {
            string source = !string.IsNullOrEmpty(option) ? "--hub" : "SAFETUNE_HUB";
            if (!Directory.Exists(named))
                throw new UsageException($"{source} names '{named}', which is no folder; pass one that holds {wanted}.");
            if (model is null)
                return new Hub(Path.GetFullPath(named), null);
            return ModelIn(named, model) is { } found
                ? new Hub(Path.GetFullPath(named), found)
                : throw new UsageException($"The hub '{named}' has no model '{model}'; expected {Path.Combine(named, "models", model)}.{Nearest.Hint(model, Models(named))}");
        }
        string cache = Cache(environment);
        return model is not null && ModelIn(cache, model) is { } cached
            ? new Hub(cache, cached)
            : throw new UsageException($"No {(model is null ? "data" : $"model '{model}'")} at hand: pass --hub=FOLDER (or set SAFETUNE_HUB) with a folder that holds {wanted}.");
    }

    private static string? ModelIn(string folder, string model)
    {
        string plain = Path.Combine(folder, "models", model);
        if (Directory.Exists(plain))
            return Path.GetFullPath(plain);
        if (!Directory.Exists(folder))
            return null;
        // The cache keeps models--<owner>--<name>/snapshots/<revision>/; files of a revision may be partly downloaded, so weights must be there.
        return Directory.EnumerateDirectories(folder, "models--*")
            .Where(entry => Path.GetFileName(entry).Split("--")[^1] == model)
            .Select(entry => Path.Combine(entry, "snapshots"))
            .Where(Directory.Exists)
            .SelectMany(Directory.EnumerateDirectories)
            .Where(revision => Directory.EnumerateFiles(revision, "*.safetensors").Any())
            .Order(StringComparer.Ordinal)
            .FirstOrDefault();
    }

    private static IEnumerable<string> Models(string folder)
    {
        string models = Path.Combine(folder, "models");
        return Directory.Exists(models) ? Directory.EnumerateDirectories(models).Select(path => Path.GetFileName(path)!) : [];
    }

    private static string Cache(Func<string, string?> environment)
    {
        if (environment("HF_HUB_CACHE") is { Length: > 0 } cache)
            return cache;
        if (environment("HF_HOME") is { Length: > 0 } home)
            return Path.Combine(home, "hub");
        return Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache", "huggingface", "hub");
    }
}
