using SafeTune.Adapters;
using SafeTune.Data;
using SafeTune.Freezing;
using SafeTune.Generation;
using SafeTune.Training;

namespace SafeTune.Reproduction.Experiments;

/// <summary>Reads an experiment file: the paper's settings at the top, and under <c>scales</c> what each scale changes.</summary>
public static class ExperimentFile
{
    /// <summary>Every scale of the design; a file may offer fewer.</summary>
    public static IReadOnlyList<string> KnownScales { get; } = ["smoke", "mini", "resources", "paper"];

    private static readonly string[] TopKeys =
    [
        "title", "model", "rows", "columns", "seeds", "evaluation", "least_rows", "training", "lora", "safe",
        "published", "reference", "bands", "thresholds", "claims", "not_reproducible", "remarks", "recipe", "generation", "scales",
    ];

    private static readonly string[] ColumnKeys =
    [
        "metric", "learning_rate", "batch_size", "epochs", "max_length", "length_buckets", "weight_decay",
        "warm_up_fraction", "gradient_clip", "skip_broken_rows", "published", "seeds", "stride", "train_rows", "evaluation_rows",
    ];

    /// <summary>Reads the file and checks all of its scales, then returns the one asked for.</summary>
    /// <exception cref="UsageException">A mistake in the file (file, line, nearest valid word), or a scale that the file does not have.</exception>
    public static Experiment Load(string file, string scale)
    {
        YamlValue root = YamlValue.Load(file);
        root.Only("the experiment file", TopKeys);
        var scales = new List<string> { "paper" };
        Experiment? wanted = scale == "paper" ? Read(file, root.Without("scales"), "paper", root) : null;
        foreach (var (name, overlay) in root.Find("scales")?.Mapping("scales") ?? [])
        {
            if (!KnownScales.Contains(name))
                throw overlay.Complaint($"unknown scale '{name}'.{Nearest.Hint(name, KnownScales)} Scales are {string.Join(", ", KnownScales)}.");
            overlay.Only($"scale '{name}'", [.. TopKeys.Where(key => key is not ("scales" or "title"))]);
            Experiment read = Read(file, YamlValue.Merge(root.Without("scales"), overlay), name, root);
            scales.Add(name);
            wanted = name == scale ? read : wanted;
        }
        if (wanted is not null)
            return wanted;
        throw new UsageException(KnownScales.Contains(scale)
            ? $"Scale '{scale}' does not exist yet for {Path.GetFileNameWithoutExtension(file)}; pass --scale={string.Join(" or --scale=", scales)}."
            : $"Unknown scale '{scale}'.{Nearest.Hint(scale, KnownScales)} {Path.GetFileNameWithoutExtension(file)} has {string.Join(" and ", scales)}.");
    }

    private static Experiment Read(string file, YamlValue root, string scale, YamlValue paper)
    {
        YamlValue? training = root.Find("training");
        training?.Only("training", ColumnKeys);
        var columns = root.Require("columns", "the experiment file").Mapping("columns");
        List<string> rows = Rows(root.Require("rows", "the experiment file"));
        Dictionary<string, double> thresholds = ExperimentJudgements.Thresholds(root.Find("thresholds"));
        return new Experiment
        {
            Table = Path.GetFileNameWithoutExtension(file),
            File = file,
            Title = root.Require("title", "the experiment file").Text("title"),
            Scale = scale,
            Model = root.Require("model", "the experiment file").Text("model"),
            Recipe = Recipe(root.Find("recipe")),
            Generation = Generation(root.Find("generation")),
            PaperModel = paper.Require("model", "the experiment file").Text("model"),
            Rows = rows,
            Columns = [.. columns.Select(column => ReadColumn(column.Key, column.Value, training))],
            Seeds = Seeds(root.Require("seeds", "the experiment file")),
            Evaluation = Evaluation(root.Find("evaluation")),
            LeastRows = root.Find("least_rows")?.Integer("least_rows", 1) ?? 1,
            Lora = Lora(root.Find("lora")),
            Safe = Safe(root.Find("safe")),
            Bands = ExperimentJudgements.Bands(root.Find("bands")),
            Thresholds = thresholds,
            Claims = ExperimentJudgements.Claims(root.Find("claims"), rows, thresholds),
            Published = ExperimentJudgements.Published(root.Find("published"), columns.Select(column => column.Key)),
            Reference = ExperimentJudgements.Reference(root.Find("reference"), columns.Select(column => column.Key)),
            NotReproducible = root.Find("not_reproducible")?.Words("not_reproducible") ?? [],
            Remarks = Remarks(root.Find("remarks"), rows),
        };
    }

    private static List<string> Rows(YamlValue rows)
    {
        var read = new List<string>();
        foreach (YamlValue row in rows.List("rows"))
        {
            string label = row.Text("a row");
            if (!Methods.Known.Contains(label))
                throw row.Complaint($"unknown method '{label}' in rows.{Nearest.Hint(label, Methods.Known)} Methods are {string.Join(", ", Methods.Known)}.");
            if (read.Contains(label))
                throw row.Complaint($"method '{label}' stands twice in rows.");
            read.Add(label);
        }
        return read.Count > 0 ? read : throw rows.Complaint("rows is empty; name at least one method.");
    }

    private static ModelRecipe? Recipe(YamlValue? recipe)
    {
        if (recipe is null)
            return null;
        recipe.Only("recipe", ["config", "tokenizer", "task", "split", "rows", "epochs", "batch_size", "learning_rate", "max_length"]);
        YamlValue config = recipe.Require("config", "recipe"), task = recipe.Require("task", "recipe");
        string file = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(recipe.File))!, config.Text("config"));
        if (!File.Exists(file))
            throw config.Complaint($"there is no file '{config.Scalar}' beside the experiment file.");
        string[] known = [.. DataSources.All.Select(source => source.Name)];
        if (!known.Contains(task.Text("task")))
            throw task.Complaint($"unknown task '{task.Scalar}'.{Nearest.Hint(task.Scalar!, known)} Tasks are {string.Join(", ", known)}.");
        return new ModelRecipe(
            file, recipe.Find("tokenizer")?.Text("tokenizer"), task.Scalar!, recipe.Find("split")?.Text("split") ?? "train", recipe.Find("rows")?.Integer("rows", 1),
            recipe.Require("epochs", "recipe").Integer("epochs", 1), recipe.Require("batch_size", "recipe").Integer("batch_size", 1),
            recipe.Require("learning_rate", "recipe").Number("learning_rate", least: double.Epsilon), recipe.Find("max_length")?.Integer("max_length", 3) ?? 128);
    }

    private static GenerationOptions? Generation(YamlValue? generation)
    {
        if (generation is null)
            return null;
        generation.Only("generation", ["beams", "length_penalty", "no_repeat_ngram", "max_new_tokens"]);
        return new GenerationOptions(
            generation.Find("max_new_tokens")?.Integer("max_new_tokens", 1) ?? 64,
            generation.Find("beams")?.Integer("beams", 1) ?? 1,
            generation.Find("length_penalty")?.Number("length_penalty") ?? 1,
            generation.Find("no_repeat_ngram")?.Integer("no_repeat_ngram", 0) ?? 0);
    }

    private static Dictionary<string, string> Remarks(YamlValue? remarks, List<string> rows)
    {
        remarks?.Only("remarks", rows);
        return (remarks?.Mapping("remarks") ?? []).ToDictionary(field => field.Key, field => field.Value.Text("a remark"));
    }

    private static List<int> Seeds(YamlValue seeds)
    {
        List<int> read = [.. seeds.List("seeds").Select(seed => seed.Integer("a seed", 0)).Distinct()];
        return read.Count > 0 ? read : throw seeds.Complaint("seeds is empty; name at least one.");
    }

    private static Column ReadColumn(string task, YamlValue given, YamlValue? training)
    {
        string[] tasks = [.. DataSources.All.Select(known => known.Name)];
        if (!tasks.Contains(task))
            throw given.Complaint($"unknown task '{task}' in columns.{Nearest.Hint(task, tasks)} Tasks are {string.Join(", ", tasks)}.");
        string owner = $"column '{task}'";
        given.Only(owner, [.. ColumnKeys, "by_adapter"]);
        YamlValue whole = training is null ? given : YamlValue.Merge(training, given);
        YamlValue column = whole.Without("by_adapter");
        Column read = ReadColumn(task, owner, column);
        var byAdapter = new Dictionary<string, Column>();
        foreach (var (adapter, overlay) in whole.Find("by_adapter")?.Mapping("by_adapter") ?? [])
        {
            if (!Methods.Adapters.Contains(adapter))
                throw overlay.Complaint($"unknown adapter '{adapter}' in by_adapter.{Nearest.Hint(adapter, Methods.Adapters)} Adapters are {string.Join(", ", Methods.Adapters)}.");
            overlay.Only($"adapter '{adapter}'", ["learning_rate", "batch_size", "epochs"]);
            byAdapter[adapter] = ReadColumn(task, owner, YamlValue.Merge(column, overlay));
        }
        return read with { ByAdapter = byAdapter };
    }

    private static Column ReadColumn(string task, string owner, YamlValue column)
    {
        return new Column
        {
            Task = task,
            Metric = Metric(task, column.Require("metric", owner)),
            LearningRate = column.Require("learning_rate", owner).Number("learning_rate", least: double.Epsilon),
            BatchSize = column.Require("batch_size", owner).Integer("batch_size", 1),
            Epochs = column.Require("epochs", owner).Integer("epochs", 1),
            MaxLength = column.Require("max_length", owner).Integer("max_length", 3),
            LengthBuckets = column.Find("length_buckets")?.Flag("length_buckets") ?? false,
            WeightDecay = column.Find("weight_decay")?.Number("weight_decay", least: 0) ?? 0,
            WarmUpFraction = column.Find("warm_up_fraction")?.Number("warm_up_fraction", 0, 1) ?? 0,
            GradientClip = column.Find("gradient_clip")?.Number("gradient_clip", least: double.Epsilon),
            SkipBrokenRows = column.Find("skip_broken_rows")?.Flag("skip_broken_rows") ?? false,
            Seeds = column.Find("seeds") is { } seeds ? Seeds(seeds) : null,
            Published = column.Find("published")?.Text("published"),
            Stride = column.Find("stride")?.Integer("stride", 0),
            TrainRows = column.Find("train_rows")?.Integer("train_rows", 1),
            EvaluationRows = column.Find("evaluation_rows")?.Integer("evaluation_rows", 1),
        };
    }

    private static string Metric(string task, YamlValue value)
    {
        string metric = value.Text("metric");
        IReadOnlyList<string> known = DataSources.Find(task).Metrics;
        return known.Contains(metric) ? metric
            : throw value.Complaint($"task '{task}' has no metric '{metric}'.{Nearest.Hint(metric, known)} It has {string.Join(", ", known)}.");
    }

    private static EvaluationRule Evaluation(YamlValue? value)
    {
        string[] known = ["dev", "paper"];
        return value?.Text("evaluation") switch
        {
            null or "dev" => EvaluationRule.Dev,
            "paper" => EvaluationRule.Paper,
            var other => throw value.Complaint($"unknown evaluation '{other}'.{Nearest.Hint(other, known)} It is dev (the whole dev set) or paper (the paper's test split)."),
        };
    }

    private static LoraOptions Lora(YamlValue? lora)
    {
        lora?.Only("lora", ["rank", "alpha", "dropout", "target_modules"]);
        return new LoraOptions(
            lora?.Find("rank")?.Integer("rank", 1) ?? 4,
            lora?.Find("alpha")?.Number("alpha", least: double.Epsilon) ?? 16,
            lora?.Find("dropout")?.Number("dropout", 0, 0.999) ?? 0.1,
            lora?.Find("target_modules")?.Words("target_modules") ?? ["query", "value"]);
    }

    private static SafeOptions Safe(YamlValue? safe)
    {
        safe?.Only("safe",
            ["tau_final", "max_auto_tau", "probe_examples", "probes_per_epoch", "relative_change", "consecutive", "warm_up_cap", "freeze_end", "centre_cka"]);
        var standard = new SafeOptions();
        YamlValue? tau = safe?.Find("tau_final");
        return new SafeOptions
        {
            TauFinal = tau is null || tau.Scalar == "auto" ? null : tau.Number("tau_final (a number or auto)", 0, 1),
            MaxAutoTau = safe?.Find("max_auto_tau")?.Number("max_auto_tau", 0, 1) ?? standard.MaxAutoTau,
            ProbeExamples = safe?.Find("probe_examples")?.Integer("probe_examples", 2) ?? standard.ProbeExamples,
            ProbesPerEpoch = safe?.Find("probes_per_epoch")?.Number("probes_per_epoch", least: 0.01) ?? standard.ProbesPerEpoch,
            RelativeChange = safe?.Find("relative_change")?.Number("relative_change", least: 0) ?? standard.RelativeChange,
            Consecutive = safe?.Find("consecutive")?.Integer("consecutive", 1) ?? standard.Consecutive,
            WarmUpCap = safe?.Find("warm_up_cap")?.Number("warm_up_cap", 0, 1) ?? standard.WarmUpCap,
            FreezeEnd = safe?.Find("freeze_end")?.Number("freeze_end", 0, 1) ?? standard.FreezeEnd,
            CentreCka = safe?.Find("centre_cka")?.Flag("centre_cka") ?? standard.CentreCka,
        };
    }
}
