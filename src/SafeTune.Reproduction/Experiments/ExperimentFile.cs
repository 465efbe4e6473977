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
        "title", "model", "models", "derive", "hub", "threads", "rows", "columns", "without", "seeds", "evaluation", "least_rows", "training", "lora", "safe",
        "frozen_share", "published", "reference", "bands", "thresholds", "claims", "not_reproducible", "remarks", "recipe", "generation", "scales",
    ];

    private static readonly string[] ModelKeys = ["columns", "without", "training", "lora", "safe", "frozen_share", "published", "reference", "thresholds", "recipe", "generation", "remarks"];

    private static readonly string[] ColumnKeys =
    [
        "metric", "learning_rate", "batch_size", "epochs", "max_length", "length_buckets", "weight_decay",
        "warm_up_fraction", "gradient_clip", "skip_broken_rows", "published", "seeds", "stride", "train_rows", "evaluation_rows", "micro_batch_size",
    ];

    /// <summary>Reads the file and checks all of its scales, then returns the one asked for: one experiment for each model, in the file's order.</summary>
    /// <exception cref="UsageException">A mistake in the file (file, line, nearest valid word), or a scale that the file does not have.</exception>
    public static IReadOnlyList<Experiment> Load(string file, string scale)
    {
        YamlValue root = YamlValue.Load(file);
        root.Only("the experiment file", TopKeys);
        YamlValue top = root.Without("scales");
        Experiment[] paper = [.. ByModel(top).Select(one => Read(file, one, "paper"))];
        var scales = new Dictionary<string, IReadOnlyList<Experiment>> { ["paper"] = paper };
        foreach (var (name, overlay) in root.Find("scales")?.Mapping("scales") ?? [])
        {
            if (!KnownScales.Contains(name))
                throw overlay.Complaint($"unknown scale '{name}'.{Nearest.Hint(name, KnownScales)} Scales are {string.Join(", ", KnownScales)}.");
            overlay.Only($"scale '{name}'", [.. TopKeys.Where(key => key is not ("scales" or "title"))]);
            // A scale that names models of its own has none of the paper's.
            bool ownModels = overlay.Find("model") is not null || overlay.Find("models") is not null;
            YamlValue merged = YamlValue.Merge(ownModels ? top.Without("model").Without("models") : top, overlay);
            scales[name] = [.. ByModel(merged).Select(one => Read(file, one, name)).Select(experiment => experiment with { PaperModel = StandsFor(experiment, paper) })];
        }
        return scales.TryGetValue(scale, out IReadOnlyList<Experiment>? wanted) ? wanted : throw new UsageException(KnownScales.Contains(scale)
            ? $"Scale '{scale}' does not exist yet for {Path.GetFileNameWithoutExtension(file)}; pass --scale={string.Join(" or --scale=", scales.Keys)}."
            : $"Unknown scale '{scale}'.{Nearest.Hint(scale, KnownScales)} {Path.GetFileNameWithoutExtension(file)} has {string.Join(" and ", scales.Keys)}.");
    }

    /// <summary>The scales that a file has.</summary>
    /// <exception cref="UsageException">It is not YAML.</exception>
    public static IReadOnlyList<string> Scales(string file) => ["paper", .. (YamlValue.Load(file).Find("scales")?.Mapping("scales") ?? []).Select(scale => scale.Key)];

    /// <summary>The scale that a folder of results is named after: its name starts with it, as in mini, mini-custom, paper-nvidia-h100.</summary>
    public static string ScaleOf(string folder) =>
        KnownScales.FirstOrDefault(known => folder == known || folder.StartsWith(known + "-", StringComparison.Ordinal)) ?? folder;

    /// <summary>The whole file once for each of its models, with what the model changes laid over it.</summary>
    private static IEnumerable<YamlValue> ByModel(YamlValue root)
    {
        if (root.Find("models") is not { } models)
            return [root];
        if (root.Find("model") is { } one)
            throw one.Complaint("model and models exclude each other; keep one of them.");
        IReadOnlyList<KeyValuePair<string, YamlValue>> named = models.Mapping("models");
        return named.Count == 0 ? throw models.Complaint("models is empty; name at least one.") : named.Select(model =>
        {
            model.Value.Only($"model '{model.Key}'", ModelKeys);
            return YamlValue.Merge(root.Without("models"), model.Value).With("model", model.Key);
        });
    }

    /// <summary>The paper's model that has the same line in the published table, else its first.</summary>
    private static string StandsFor(Experiment experiment, Experiment[] paper) =>
        (paper.FirstOrDefault(one => one.Published?.Model == experiment.Published?.Model) ?? paper[0]).Model;

    private static Experiment Read(string file, YamlValue root, string scale)
    {
        if (root.Find("derive") is not null)
            return DerivedExperiment.Read(file, root, scale);
        YamlValue? training = root.Find("training");
        training?.Only("training", ColumnKeys);
        var columns = Columns(root);
        List<string> rows = Rows(root.Require("rows", "the experiment file"));
        Dictionary<string, double> thresholds = ExperimentJudgements.Thresholds(root.Find("thresholds"));
        string model = root.Require("model", "the experiment file").Text("model");
        return new Experiment
        {
            Table = Path.GetFileNameWithoutExtension(file),
            File = file,
            Title = root.Require("title", "the experiment file").Text("title"),
            Scale = scale,
            Model = model,
            IsWorld = IsWorld(root.Find("hub")),
            Threads = root.Find("threads")?.Integer("threads", 1),
            Recipe = root.Find("recipe") is { } recipe ? ModelRecipes.Read("recipe", recipe) : null,
            Generation = Generation(root.Find("generation")),
            PaperModel = model,
            Sources = new Dictionary<string, string>(),
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
            FrozenShare = root.Find("frozen_share")?.Number("frozen_share", 0, 1) ?? 0,
            Reference = ExperimentJudgements.Reference(root.Find("reference"), columns.Select(column => column.Key)),
            NotReproducible = root.Find("not_reproducible")?.Words("not_reproducible") ?? [],
            Remarks = Remarks(root.Find("remarks"), rows),
        };
    }

    private static bool IsWorld(YamlValue? hub) => hub?.Text("hub") switch
    {
        null => false,
        "world" => true,
        var other => throw hub.Complaint($"unknown hub '{other}'.{Nearest.Hint(other, ["world"])} It is world (generated data and the models of experiments/smoke), or left out for --hub."),
    };

    private static List<KeyValuePair<string, YamlValue>> Columns(YamlValue root)
    {
        List<KeyValuePair<string, YamlValue>> columns = [.. root.Require("columns", "the experiment file").Mapping("columns")];
        foreach (YamlValue without in root.Find("without")?.List("without") ?? [])
        {
            if (columns.RemoveAll(column => column.Key == without.Text("without")) == 0)
                throw without.Complaint($"there is no column '{without.Scalar}' to leave out.{Nearest.Hint(without.Scalar!, columns.Select(column => column.Key))}");
        }

        return columns;
    }

    internal static List<string> Rows(YamlValue rows)
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

    internal static Dictionary<string, string> Remarks(YamlValue? remarks, List<string> rows)
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
            string[] known = [.. Methods.Adapters, "full"];
            if (!known.Contains(adapter))
                throw overlay.Complaint($"unknown adapter '{adapter}' in by_adapter.{Nearest.Hint(adapter, known)} It may have: {string.Join(", ", known)}.");
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
            MicroBatchSize = column.Find("micro_batch_size")?.Integer("micro_batch_size", 1),
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
