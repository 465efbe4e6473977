namespace SafeTune.Reproduction.World;

/// <summary>The hub of the scale <c>smoke</c>: generated data under <c>artifacts/</c>, and the small models of <c>experiments/smoke/models</c>, which were pre-trained on such data.</summary>
internal static class WorldHub
{
    /// <summary>The hub of a model, its data written when it is not there yet.</summary>
    /// <param name="root">The repository's root.</param>
    /// <param name="model">The model's name.</param>
    /// <param name="option">What <c>--hub</c> says.</param>
    /// <param name="output">For progress.</param>
    /// <exception cref="UsageException">There is no such model, or a hub was asked for.</exception>
    public static Hub Of(string root, string model, string? option, TextWriter output)
    {
        if (!string.IsNullOrEmpty(option))
            throw new UsageException("This scale generates its data and has its models with it: leave --hub out, or choose another scale, e.g. --scale=mini.");
        string models = Path.Combine(root, "experiments", "smoke", "models"), folder = Path.Combine(models, model);
        if (!Directory.Exists(folder))
        {
            IEnumerable<string> known = Directory.Exists(models) ? Directory.EnumerateDirectories(models).Select(path => Path.GetFileName(path)!) : [];
            throw new UsageException($"There is no model folder '{folder}'.{Nearest.Hint(model, known)} --target=Pretrain makes the models of this scale.");
        }

        return new Hub(GeneratedWorld.In(Path.Combine(root, "artifacts"), output), folder);
    }
}
