using SafeTune.Reproduction.Claims;
using SafeTune.Reproduction.Results;

namespace SafeTune.Reproduction.Experiments;

/// <summary>The part of an experiment file that says how to judge its results: bands, claims, published and reference numbers.</summary>
internal static class ExperimentJudgements
{
    public static IReadOnlyList<Band> Bands(YamlValue? bands)
    {
        string[] known = ["score", .. ResultRow.Quantities];
        bands?.Only("bands", known);
        return [.. (bands?.Mapping("bands") ?? []).Select(band => ReadBand(band.Key, band.Value))];
    }

    public static Dictionary<string, double> Thresholds(YamlValue? thresholds) =>
        (thresholds?.Mapping("thresholds") ?? []).ToDictionary(field => field.Key, field => field.Value.Number($"threshold '{field.Key}'"));

    public static IReadOnlyList<Claim> Claims(YamlValue? claims, IReadOnlyList<string> rows, IReadOnlyDictionary<string, double> thresholds)
    {
        var read = new List<Claim>();
        foreach (YamlValue claim in claims?.List("claims") ?? [])
        {
            if (claim.Fields is not [var (sentence, expression)])
                throw claim.Complaint("a claim is one line, 'sentence: inequality'.");
            read.Add(ClaimParser.Parse(sentence, expression.Text("a claim"), rows, thresholds, expression.Complaint));
        }
        return read;
    }

    public static PublishedTable? Published(YamlValue? published, IEnumerable<string> tasks)
    {
        if (published is null)
            return null;
        published.Only("published", ["file", "model", "memory", "compute", "resources_of", "memory_reduction"]);
        return new PublishedTable(
            ModelRecipes.Beside(published.Require("file", "published"), "file"),
            published.Find("model")?.Text("model"),
            published.Find("memory")?.Text("memory"),
            published.Find("compute")?.Text("compute"),
            Task(published.Find("resources_of"), [.. tasks]),
            published.Find("memory_reduction")?.Text("memory_reduction"));
    }

    public static ReferenceRuns? Reference(YamlValue? reference, IEnumerable<string> tasks)
    {
        if (reference is null)
            return null;
        reference.Only("reference", ["file", "by", "method", "score", "score_by_task", "relative_loss"]);
        YamlValue? byTask = reference.Find("score_by_task");
        byTask?.Only("score_by_task", [.. tasks]);
        return new ReferenceRuns(
            ModelRecipes.Beside(reference.Require("file", "reference"), "file"),
            reference.Require("by", "reference").Text("by"),
            reference.Require("method", "reference").Text("method"),
            reference.Require("score", "reference").Number("score", least: 0),
            (byTask?.Mapping("score_by_task") ?? []).ToDictionary(field => field.Key, field => field.Value.Number("a tolerance", least: 0)),
            reference.Find("relative_loss")?.Number("relative_loss", least: 0) ?? 0);
    }

    private static string? Task(YamlValue? value, string[] tasks)
    {
        string? task = value?.Text("resources_of");
        return task is null || tasks.Contains(task) ? task
            : throw value!.Complaint($"unknown task '{task}'.{Nearest.Hint(task, tasks)}");
    }

    private static Band ReadBand(string quantity, YamlValue value)
    {
        if (value.Scalar == "exact")
            return new Band(quantity, true, null, null);
        if (value.Fields is null)
            throw value.Complaint($"band '{quantity}' should be exact, {{ absolute: x }} or {{ relative: x }}.{Nearest.Hint(value.Scalar ?? "", ["exact"])}");
        value.Only($"band '{quantity}'", ["absolute", "relative"]);
        return new Band(quantity, false, value.Find("absolute")?.Number("absolute", least: 0), value.Find("relative")?.Number("relative", least: 0));
    }
}
