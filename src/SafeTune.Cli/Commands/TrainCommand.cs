using System.CommandLine;
using SafeTune.Adapters;
using SafeTune.Baselines;
using SafeTune.Cli.Arguments;
using SafeTune.Cli.Output;
using SafeTune.Data;
using SafeTune.Freezing;
using SafeTune.Models;
using SafeTune.Training;

namespace SafeTune.Cli.Commands;

/// <summary><c>safetune train</c>: fine-tunes a model on one's own data.</summary>
internal sealed class TrainCommand
{
    private static readonly TrainingOptions Usual = new();
    private static readonly LoraOptions UsualLora = new();

    private readonly Option<string> model = Opt.Required("--model", "Folder of the pre-trained model (Hugging Face's layout), or its name in the hub.", "dir");
    private readonly Option<string> output = Opt.Required("--output", "Folder for the adapter (PEFT's or adapter-hub's layout), or for the whole model with --method full.", "dir");
    private readonly Option<string> method = new("--method") { Description = $"{string.Join(", ", Methods.Savable)}.", HelpName = "name", DefaultValueFactory = _ => "lora+safe" };
    private readonly DataOptions data = new();
    private readonly Option<bool> regression = Opt.Flag("--regression", "The label is a number to predict, not a class.");
    private readonly Option<string?> positive = Opt.Text("--positive-label", "Of two classes the one that f1 is of. Default: the second in the order of the alphabet, or the adapter's of --adapter.", "name");
    private readonly Option<string?> validation = Opt.Text("--validation", "A table to score, or the share of --data to keep for it, e.g. 0.1. With --task: its dev set.", "file|share");
    private readonly Option<int> epochs = Opt.Integer("--epochs", "Passes over the examples.", Usual.Epochs);
    private readonly Option<int> batchSize = Opt.Integer("--batch-size", "Examples in a step.", Usual.BatchSize);
    private readonly Option<double?> learningRate = Opt.OptionalNumber("--learning-rate", "Falls linearly to 0. Default: 0.001, or 0.00002 with --method full.");
    private readonly Option<double> weightDecay = Opt.Number("--weight-decay", "AdamW's.", Usual.WeightDecay);
    private readonly Option<double> warmUp = Opt.Number("--warmup", "Share of the steps in which the learning rate rises.", Usual.WarmUpFraction);
    private readonly Option<double?> gradClip = Opt.OptionalNumber("--grad-clip", "Largest joint norm of the gradients. Default: none.");
    private readonly Option<int?> maxLength = Opt.OptionalInteger("--max-length", "Tokens kept of an example. Default: 128, or as many as the model has positions.");
    private readonly Option<int> seed = Opt.Integer("--seed", "Of the head, the adapters, dropout, the order of examples and the validation share.", Usual.Seed);
    private readonly Option<int> rank = Opt.Integer("--rank", "LoRA's r; the rank that AdaLoRA comes down to, from one and a half times as much.", UsualLora.Rank);
    private readonly Option<double> alpha = Opt.Number("--alpha", "LoRA's and AdaLoRA's alpha.", UsualLora.Alpha);
    private readonly Option<double> dropout = Opt.Number("--dropout", "LoRA's and AdaLoRA's dropout.", UsualLora.Dropout);
    private readonly Option<double> reduction = Opt.Number("--reduction", "Houlsby's and Pfeiffer's reduction factor: a hidden state's features over the bottleneck's.", 16);
    private readonly Option<string[]> targets = Opt.List("--target-modules", "Projections that get an adapter, by the end of their path. Default: query and value.", "a,b");
    private readonly Option<double> density = Opt.Number("--density", "SparseAdapter's: share of the adapters' weights that stay.", new SparseAdapterOptions().Density);
    private readonly Option<double> freezingRate = Opt.Number("--freezing-rate", "SlimFit's: share of the blocks' adapters that a step leaves as they are.", new SlimFitOptions().FreezingRate);
    private readonly Option<string?> start = Opt.Text("--adapter", "Go on from this adapter instead of a fresh one; its own settings hold.", "dir");
    private readonly Option<double?> tau = Opt.OptionalNumber("--tau", "SAFE's final threshold, from 0 to 1. Default: the median of the blocks' scores after the warm-up, at most 0.5.");
    private readonly Option<double?> probes = Opt.OptionalNumber("--probes-per-epoch", "How often SAFE scores the blocks. Default: 12 times in the training, but at least once an epoch and at most every fifth step.");
    private readonly Option<string?> plan = Opt.Text("--freeze-plan", "Freeze as this plan says, the freeze_plan.json of an earlier run, instead of by SAFE's probes.", "file");
    private readonly Option<int?> earlyStop = Opt.OptionalInteger("--early-stop", "Stop after this many epochs without a better score, and keep the best weights.");
    private readonly Option<bool> buckets = Opt.Flag("--length-buckets", "Batches of examples of like lengths: less padding.");
    private readonly KernelArguments kernels = new();
    private readonly PrefixCacheArguments cache = new();
    private readonly DtypeArgument dtype = new();
    private readonly DeviceArgument device = new();
    private readonly Option<bool> checkpointing = Opt.Flag("--gradient-checkpointing", "Keep only the blocks' inputs for the backward pass and compute the rest again: less memory, more time.");
    private readonly Option<int?> microBatch = Opt.OptionalInteger("--micro-batch", "Examples that go through the model together; a step adds up the gradients of its batch's parts. Default: the whole batch.");
    private readonly Option<string?> budget = Opt.Text("--memory-budget", "Bytes that training and evaluation may hold, e.g. 8GiB: chooses the parts of a step, gradient checkpointing and, at last, blocks frozen from the start.", "size");
    private readonly Option<int?> threads = Opt.OptionalInteger("--threads", "Threads that torch uses. Default: all processors.");
    private readonly Option<bool> deterministic = Opt.Flag("--deterministic", "Refuse what cannot repeat to the last bit.");
    private readonly Option<bool> force = Opt.Flag("--force", "Replace what --output holds, and begin anew where an unfinished training with other settings has left its checkpoints.");
    private readonly Option<bool> json = Opt.Flag("--json", "Print one JSON document; progress goes to the error stream.");

    public static Command Make(Session session)
    {
        var options = new TrainCommand();
        var command = new Command("train", "Fine-tunes a model on your own data and writes the adapter. Interrupted, the same command goes on from its last checkpoint.")
        {
            options.model, options.method,
        }.WithExamples(
            "safetune train --model all-MiniLM-L6-v2 --method lora+safe --data reviews.csv --text-columns text --label-column label --validation 0.1 --output adapter",
            "safetune train --model bert-base --method lora --data pairs.jsonl --text-columns question,answer --label-column score --regression --output adapter",
            "safetune train --model all-MiniLM-L6-v2 --task mrpc --hub ../hub --epochs 5 --output adapter --json");
        options.data.AddTo(command);
        foreach (var option in new Option[]
        {
            options.regression, options.positive, options.validation, options.output, options.epochs, options.batchSize, options.learningRate, options.weightDecay, options.warmUp, options.gradClip, options.maxLength, options.seed,
            options.rank, options.alpha, options.dropout, options.targets, options.reduction, options.density, options.freezingRate, options.start, options.tau, options.probes, options.plan, options.earlyStop, options.buckets, options.checkpointing, options.microBatch, options.budget, options.threads, options.deterministic, options.force, options.json,
        }) command.Add(option);
        options.kernels.AddTo(command);
        options.cache.AddTo(command);
        options.dtype.AddTo(command);
        options.device.AddTo(command);
        command.SetAction(parsed => options.Run(session, parsed));
        return command;
    }

    private int Run(Session session, ParseResult parsed)
    {
        Threads.Use(parsed.GetValue(threads));
        var job = Job(parsed);
        var folder = Output(parsed, job);
        var asJson = parsed.GetValue(json);
        using var log = TrainingLog.Make(session, asJson ? session.Error : session.Output, drawn: session.IsTerminal && !asJson);
        using var tuner = new FineTuner(job, log);
        log.Folder = folder;
        var report = log.Watch(() => tuner.Run(session.Stop));
        var isTable = data.File(parsed) is not null;
        FineTunedModel.Save(folder, job, tuner, report, isTable ? data.TextColumns(parsed) : null, isTable ? data.LabelColumn(parsed) : null);
        DeleteCheckpoints(job.RunFolder!);
        if (asJson) session.Output.WriteJson(new { output = folder, method = job.Method, model = job.ModelFolder, parameters = log.Parameters, tuner.Job.Training, adapter = (object?)job.Adapter, report });
        else TrainingSummary.Write(session, report, folder);
        return ExitCode.Fine;
    }

    private FineTuneJob Job(ParseResult parsed)
    {
        var name = parsed.GetRequiredValue(method);
        Methods.CheckSavable(name);
        var modelFolder = data.Model(parsed, parsed.GetRequiredValue(model));
        // Refuses an unknown kind of model before the data is read.
        var positions = AutoModel.Configuration(modelFolder).MaxTokens;
        var (train, scored) = Examples(parsed, parsed.GetValue(start) is { } adapter ? FineTunedModel.InfoOf(adapter, modelFolder) : null);
        var training = new TrainingOptions
        {
            Epochs = parsed.GetValue(epochs),
            BatchSize = parsed.GetValue(batchSize),
            MicroBatchSize = parsed.GetValue(microBatch),
            LearningRate = parsed.GetValue(learningRate) ?? (name == "full" ? 2e-5 : Usual.LearningRate),
            WeightDecay = parsed.GetValue(weightDecay),
            WarmUpFraction = parsed.GetValue(warmUp),
            GradientClip = parsed.GetValue(gradClip),
            MaxLength = parsed.GetValue(maxLength) ?? (int)Math.Min(Usual.MaxLength, positions ?? int.MaxValue),
            Seed = parsed.GetValue(seed),
            LengthBuckets = parsed.GetValue(buckets),
            EarlyStopPatience = parsed.GetValue(earlyStop),
            GradientCheckpointing = parsed.GetValue(checkpointing),
            Deterministic = parsed.GetValue(deterministic),
            FrozenDropout = cache.Read(parsed) is null,
            PrefixCache = cache.Read(parsed),
        };
        training.Check();
        if (training.EarlyStopPatience is not null && scored is null) throw new UsageException("--early-stop watches the validation score: add --validation FILE or a share such as 0.1.");
        return new FineTuneJob
        {
            ModelFolder = modelFolder,
            Method = name,
            Train = train,
            Validation = scored,
            Training = training,
            Adapter = Adapter(parsed, name),
            Baseline = Baseline(parsed, name),
            StartFrom = parsed.GetValue(start),
            Safe = new SafeOptions { TauFinal = parsed.GetValue(tau), ProbesPerEpoch = parsed.GetValue(probes) ?? Probes(training, train.Examples.Count) },
            MemoryBudget = parsed.GetValue(budget) is { } bytes ? ByteSize.Parse(bytes) : null,
            FreezePlan = parsed.GetValue(plan) is { } file ? FreezePlan.Read(file) : null,
            Kernels = kernels.Read(parsed),
            Dtype = dtype.Read(parsed),
            Device = device.Read(parsed),
            DiscardsOtherCheckpoints = parsed.GetValue(force),
            // Beside the adapter's folder, which holds nothing but the adapter.
            RunFolder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(parsed.GetRequiredValue(output))) + ".run",
        };
    }

    private BaselineOptions? Baseline(ParseResult parsed, string name) => Methods.Baseline(name) switch
    {
        SparseAdapterOptions => new SparseAdapterOptions(parsed.GetValue(density)),
        SlimFitOptions => new SlimFitOptions(parsed.GetValue(freezingRate)),
        var usual => usual,
    };

    private AdapterOptions? Adapter(ParseResult parsed, string name)
    {
        var modules = parsed.GetValue(targets) is { Length: > 0 } given ? given : null;
        return name.Split('+')[0] switch
        {
            "lora" => new LoraOptions(parsed.GetValue(rank), parsed.GetValue(alpha), parsed.GetValue(dropout), modules),
            "adalora" => new AdaLoraOptions(TargetRank: parsed.GetValue(rank), InitialRank: (parsed.GetValue(rank) * 3 + 1) / 2, Alpha: parsed.GetValue(alpha), Dropout: parsed.GetValue(dropout), TargetModules: modules),
            "houlsby" => new BottleneckOptions(BottleneckKind.Houlsby, parsed.GetValue(reduction)),
            "pfeiffer" => new BottleneckOptions(BottleneckKind.Pfeiffer, parsed.GetValue(reduction)),
            _ => null,
        };
    }

    // Enough for a warm-up and a rise of the threshold also in a short training. A probe takes about as long as two steps.
    private static double Probes(TrainingOptions training, int examples) =>
        Math.Clamp(12.0 / training.Epochs, 1, Math.Max(1, (double)examples / training.BatchSize / 5));

    // Of an adapter to go on from the classes hold, in their order, and whether it predicts a number.
    private (Dataset Train, Dataset? Validation) Examples(ParseResult parsed, FineTunedInfo? adapter)
    {
        var given = parsed.GetValue(validation);
        if (data.File(parsed) is not { } file)
        {
            if (parsed.GetValue(positive) is not null) throw new UsageException("--positive-label goes with --data; a --task has its own.");
            if (given is not null) throw new UsageException("--validation goes with --data; a --task is scored on its dev set.");
            return (Split("train"), Split(data.Task(parsed).EvaluationSplits[0]));
        }

        if (adapter?.LabelNames is { } classes && parsed.GetValue(regression))
            throw new UsageException($"--regression predicts a number, and the adapter of --adapter has the classes {string.Join(", ", classes)}; leave one of the two out.");
        var numbers = parsed.GetValue(regression) || adapter is { Task: TaskKind.Regression };
        var (texts, label) = (data.TextColumns(parsed, adapter?.TextColumns), data.LabelColumn(parsed, adapter?.LabelColumn));
        var all = UserTable.Load(file, texts, label, adapter?.LabelNames, numbers, data.Encoding(parsed)).WithPositive(parsed.GetValue(positive) ?? adapter?.PositiveLabel);
        if (given is null) return (all, null);
        if (File.Exists(given)) return (all, UserTable.Load(given, texts, label, all.LabelNames, numbers, data.Encoding(parsed)) with { PositiveClass = all.PositiveClass });
        if (!double.TryParse(given, out var share)) throw new UsageException($"--validation takes a file or a share such as 0.1, and '{given}' is neither.");
        var (train, held) = all.SplitOff(share, parsed.GetValue(seed));
        return (train, held);

        Dataset Split(string split) => data.Split(parsed, split) is var found && adapter?.LabelNames is { } names ? found.WithLabels(names) : found;
    }

    private string Output(ParseResult parsed, FineTuneJob job)
    {
        var folder = parsed.GetRequiredValue(output);
        if (File.Exists(folder) || string.IsNullOrWhiteSpace(folder)) throw new UsageException($"--output '{folder}' is a file, and the result is a folder; name another one.");
        if (Path.GetFullPath(folder) == Path.GetFullPath(job.ModelFolder)) throw new UsageException("--output is the model's own folder; name another one.");
        string[] finished = [PeftConfig.FileName, "config.json", FineTunedInfo.FileName];
        if (finished.FirstOrDefault(name => File.Exists(Path.Combine(folder, name))) is { } there && !parsed.GetValue(force))
            throw new UsageException($"--output '{folder}' holds a model already ({there}); name another folder, or add --force to replace it.");
        return folder;
    }

    // metrics.jsonl stays.
    private static void DeleteCheckpoints(string runFolder)
    {
        var checkpoints = Path.Combine(runFolder, "checkpoints");
        if (Directory.Exists(checkpoints)) Directory.Delete(checkpoints, recursive: true);
    }
}
