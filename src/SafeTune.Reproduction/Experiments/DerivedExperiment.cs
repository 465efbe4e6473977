namespace SafeTune.Reproduction.Experiments;

/// <summary>Reads the experiment file of a table that is not trained: its columns are means over other tables' cells.</summary>
internal static class DerivedExperiment
{
    /// <summary>Stands where a model's name does.</summary>
    public const string Model = "mean";

    /// <summary>The metric of a derived cell: resident and after-freezing memory together, in GB.</summary>
    public const string Metric = "memory_gb";

    private static readonly string[] Keys = ["title", "rows", "derive", "published", "bands", "thresholds", "claims", "not_reproducible", "remarks"];

    public static Experiment Read(string file, YamlValue root, string scale)
    {
        root.Only("a derived table", Keys);
        var derive = root.Require("derive", "a derived table").Mapping("derive");
        var sources = derive.ToDictionary(column => column.Key, column => column.Value.Require("of", $"column '{column.Key}'"));
        List<string> rows = ExperimentFile.Rows(root.Require("rows", "a derived table"));
        Dictionary<string, double> thresholds = ExperimentJudgements.Thresholds(root.Find("thresholds"));
        Experiment[] tables = [.. sources.Values.Select(source => Source(file, source, scale))];
        return tables[0] with
        {
            Table = Path.GetFileNameWithoutExtension(file),
            File = file,
            Title = root.Require("title", "a derived table").Text("title"),
            Scale = scale,
            Model = Model,
            PaperModel = scale == "paper" ? Model : "the paper's models",
            Sources = sources.ToDictionary(column => column.Key, column => column.Value.Scalar!),
            Rows = rows,
            // In a report a column is a name and a metric; how its sources trained stands in their own sections.
            Columns = [.. derive.Select((column, i) => tables[i].Columns[0] with { Task = column.Key, Metric = Metric, Published = Named(column) })],
            Seeds = [.. tables.SelectMany(table => table.Seeds).Distinct()],
            Bands = ExperimentJudgements.Bands(root.Find("bands")),
            Thresholds = thresholds,
            Claims = ExperimentJudgements.Claims(root.Find("claims"), rows, thresholds),
            Published = ExperimentJudgements.Published(root.Find("published"), derive.Select(column => column.Key)),
            Reference = null,
            Recipe = null,
            Generation = null,
            NotReproducible = root.Find("not_reproducible")?.Words("not_reproducible") ?? [],
            Remarks = ExperimentFile.Remarks(root.Find("remarks"), rows),
        };
    }

    private static string? Named(KeyValuePair<string, YamlValue> column)
    {
        column.Value.Only($"column '{column.Key}'", ["of", "published"]);
        return column.Value.Find("published")?.Text("published");
    }

    private static Experiment Source(string file, YamlValue source, string scale)
    {
        string path = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(file))!, source.Text("of") + ".yaml");
        if (!File.Exists(path))
            throw source.Complaint($"there is no table '{source.Scalar}' beside the experiment file.");
        // A scale that a source lacks has no cells to derive from; its other settings do not matter here.
        return ExperimentFile.Load(path, ExperimentFile.Scales(path).Contains(scale) ? scale : "paper")[0];
    }
}
