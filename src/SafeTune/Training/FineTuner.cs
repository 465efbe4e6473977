using SafeTune.Adapters;
using SafeTune.Baselines;
using SafeTune.Batching;
using SafeTune.Data;
using SafeTune.Measurement;
using SafeTune.Models;
using static TorchSharp.torch;

namespace SafeTune.Training;

/// <summary>Fine-tunes a model as a <see cref="FineTuneJob"/> says: load, inject adapters, train, freeze, evaluate.</summary>
/// <remarks>Make it and use it on one thread: the memory meter and the dispose scopes belong to it.</remarks>
public sealed class FineTuner : IDisposable
{
    private readonly FineTuneJob job;
    private readonly BudgetChoice? choice;
    private readonly ITrainingListener? listener;
    private readonly MemoryMeter? meter;
    private readonly string? meterReason;
    private readonly Batches train;
    private readonly Batches? validation;
    private readonly TrainingLoop loop;
    private IDisposable? held;

    /// <summary>Loads the model and prepares everything up to the first step.</summary>
    /// <exception cref="UsageException">The job, the model folder or the data cannot be used.</exception>
    public FineTuner(FineTuneJob job, ITrainingListener? listener = null)
    {
        this.listener = listener;
        Methods.Check(job.Method);
        job.Training.Check();
        this.job = job;
        CheckBaseline();
        CheckDtype();
        if (job.Validation?.LabelNames is { } scored && job.Train.LabelNames is { } trained && !scored.SequenceEqual(trained))
            throw new UsageException($"The training data has the classes {string.Join(", ", trained)}, and the validation data {string.Join(", ", scored)}; read both with the same ones.");
        if (job.Train.Examples.Count == 0) throw new UsageException($"The training set '{job.Train.Name}' has no examples.");
        if (job.Training.Deterministic) Environment.SetEnvironmentVariable("CUBLAS_WORKSPACE_CONFIG", ":4096:8");

        meter = MemoryMeter.TryStart(job.Device ?? CPU, out meterReason);
        manual_seed(job.Training.Seed);
        Model = AutoModel.Load(
            job.ModelFolder, HeadOptions.ToTrain(job.Train.Task, job.Train.Labels) with { LabelNames = job.Train.LabelNames },
            new LoadOptions(job.Device, job.Dtype, Warn: sentence => listener?.Note(sentence)) { IsTraining = true, Brought = job.StartFrom is { } start && Directory.Exists(start) ? AdapterFolder.Whole(start) : new HashSet<string>() });
        Model.Use(job.Kernels);
        var encoder = ExampleEncoders.For(Model, job.ModelFolder, job.Training.MaxLength, job.Training.Stride);
        if (job.Training.MaxLength > Model.Config.MaxTokens)
            throw new UsageException($"The maximum length is {job.Training.MaxLength} tokens, and the model in '{job.ModelFolder}' reads at most {Model.Config.MaxTokens}; ask for at most that.");
        train = new Batches(job.Train, encoder, job.Training.BatchSize, job.Device);
        validation = job.Validation is { } data ? new Batches(data, encoder, job.Training.BatchSize, job.Device) : null;
        choice = Plan();
        if (job.MemoryBudget is not null) this.job = job = job with { Training = choice!.Training, Safe = job.Safe with { ProbeExamples = choice.ProbeExamples ?? job.Safe.ProbeExamples } };
        validation = validation?.Resized(job.Training.PartSize);
        Adapters = Inject();
        CheckPlan();
        loop = new TrainingLoop(job, Model, Adapters, train, validation, meter, listener);
    }

    /// <summary>The job, with what a memory budget has chosen.</summary>
    public FineTuneJob Job => job;

    /// <summary>Most bytes that the training is predicted to hold; null where that is not known.</summary>
    public long? PredictedBytes => choice?.PredictedBytes;

    /// <summary>The model, with its adapters.</summary>
    public Transformer Model { get; }

    /// <summary>The adapters; null in full fine-tuning.</summary>
    public AdapterSet? Adapters { get; }

    /// <summary>Trains, or goes on from the run folder's checkpoint, and evaluates.</summary>
    /// <param name="stop">Checked between steps; the run saves a checkpoint and ends with <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="TrainingFailedException">The loss is no number, or memory ran out.</exception>
    /// <exception cref="UsageException">The run folder holds checkpoints of a run with other settings, or another process trains there.</exception>
    public RunReport Run(CancellationToken stop = default)
    {
        // Until the result is saved, which the caller does before it disposes this.
        held ??= job.RunFolder is { } folder ? RunLock.Take(folder) : null;
        listener?.Started(Description(), PeftFolder.ParametersLine(Model));
        foreach (var note in job.Train.Notes) listener?.Note(note);
        try
        {
            loop.Run(job.RunFolder, stop);
        }
        catch (Exception error) when (OutOfMemory.Is(error))
        {
            throw new TrainingFailedException($"out of memory at step {loop.Progress.Step + 1} of {loop.TotalSteps} with batches of {job.Training.BatchSize}", error);
        }
        catch (NotFiniteNumberException error)
        {
            throw new TrainingFailedException(error.Message, error);
        }

        return Report();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        held?.Dispose();
        loop.Dispose();
        (Adapters as IDisposable)?.Dispose();
        Model.Dispose();
        meter?.Dispose();
    }

    private long TrainableParameters => loop.Trained.Sum(entry => entry.Weight.Elements);

    // What the training is predicted to take: as the budget would have it, or as it stands. Null where that is not known.
    private BudgetChoice? Plan()
    {
        var isKnown = Planner.Supported.Contains(job.Method) && job.StartFrom is null && job.Dtype == ScalarType.Float32;
        if (!isKnown && job.MemoryBudget is null) return null;
        if (!isKnown) throw new UsageException($"A memory budget goes with a fresh adapter, float32 and the methods {string.Join(", ", Planner.Supported)}; train without it.");
        if (job.MemoryBudget is not null && Methods.Parse(job.Method).Adapter == "adalora")
            throw new UsageException("A memory budget does not cover AdaLoRA, whose penalty and rank allocation take memory of their own; choose lora, or train without it.");
        if (job.MemoryBudget is not null && job.Validation is { Task: TaskKind.LanguageModelling, Examples: [ReferencedPromptExample, ..] })
            throw new UsageException("A memory budget does not cover the generation of texts; evaluate apart from the training.");
        using var planner = new MemoryBudget(job, Model.Config, Math.Max(train.Longest, validation?.Longest ?? 0));
        return job.MemoryBudget is { } bytes ? planner.Choose(bytes) : planner.Predict();
    }

    private AdapterSet? Inject()
    {
        var adapters = InjectAdapters();
        if (job.Training.FrozenBlocks == 0) return adapters;
        if (adapters is null || job.Training.FrozenBlocks > Model.Blocks.Count)
            throw new UsageException($"{job.Training.FrozenBlocks} blocks are to be frozen from the start; the model has {Model.Blocks.Count}, and only adapters can be frozen block by block.");
        foreach (var weight in Enumerable.Range(0, job.Training.FrozenBlocks).SelectMany(adapters.Unit)) weight.Trains = false;
        return adapters;
    }

    private AdapterSet? InjectAdapters()
    {
        if (job.Method == "full")
        {
            foreach (var (_, weight) in Model.NamedWeights()) weight.Trains = true;
            return null;
        }

        var (adapter, _) = Methods.Parse(job.Method);
        if (job.StartFrom is { } folder) return Continued(folder, adapter);
        var options = job.Adapter ?? Methods.Default(adapter);
        if (options.Method != adapter) throw new UsageException($"The method is '{job.Method}' and the adapters' settings are those of '{options.Method}'; give settings of the same kind.");
        // The budget falls over the whole training.
        if (options is AdaLoraOptions { TotalSteps: 0 } adaptive)
            options = adaptive with { TotalSteps = job.Training.Epochs * ((job.Train.Examples.Count + job.Training.BatchSize - 1) / job.Training.BatchSize) };
        return job.EffectiveBaseline?.Inject(options, Model) ?? options.Inject(Model);
    }

    private void CheckBaseline()
    {
        var usual = Methods.Baseline(job.Method);
        if (job.Baseline is { } given && given.Name != usual?.Name)
            throw new UsageException($"The method is '{job.Method}' and the baseline's settings are those of '{given.Name}'; give settings of the same kind.");
        if (job.EffectiveBaseline is not { } baseline) return;
        baseline.Check();
        if (baseline.KeepsNetwork) return;
        if (job.StartFrom is not null) throw new UsageException($"The method '{job.Method}' changes the network, and begins with fresh adapters only.");
        if (job.Training.EarlyStopPatience is not null) throw new UsageException($"Early stopping puts earlier weights back, and the method '{job.Method}' changes the network; train without it.");
    }

    private void CheckDtype()
    {
        if (job.Dtype == ScalarType.Float32) return;
        if (job.Dtype != ScalarType.BFloat16) throw new UsageException($"The element type is {job.Dtype}, and must be float32 or bfloat16.");
        if (Methods.Parse(job.Method).Adapter is "full" or "bitfit")
            throw new UsageException($"The method '{job.Method}' trains weights of the model itself, in bfloat16 too coarse for small updates; train in float32, or choose an adapter such as lora.");
    }

    private void CheckPlan()
    {
        if (job.FreezePlan is not { } plan) return;
        if (!job.IsSafe) throw new UsageException($"A freeze plan needs a method with '+safe', such as 'lora+safe', not '{job.Method}'.");
        if (plan.Freezes.FirstOrDefault(freeze => freeze.Block >= Model.Blocks.Count || !Adapters!.HasUnit(freeze.Block)) is { } odd)
            throw new UsageException($"The freeze plan freezes block {odd.Block}, which has no adapters; the model has blocks 0 to {Model.Blocks.Count - 1}.");
    }

    private AdapterSet Continued(string folder, string adapter)
    {
        var info = FineTunedModel.InfoOf(folder, job.ModelFolder);
        CheckClasses(folder, info.LabelNames);
        if (FileRecord.Changes(info.Files, folder, job.ModelFolder) is { } changes) listener?.Note(changes);
        var labels = AdapterFolder.Labels(folder);
        if (labels is not null && labels != Model.HeadOptions.Labels)
            throw new UsageException($"The adapter in '{folder}' has a head of {labels} outputs, and the data has {Model.HeadOptions.Labels}; go on with data of the same classes.");
        var adapters = AdapterFolder.Load(folder, Model, sentence => listener?.Note(sentence));
        return adapters.Settings.Method == adapter
            ? adapters
            : throw new UsageException($"The adapter in '{folder}' is of the method '{adapters.Settings.Method}', and the training's is '{job.Method}'; choose a method of the same kind.");
    }

    // An output of the head stands for the class of its place.
    private void CheckClasses(string folder, IReadOnlyList<string>? names)
    {
        if (names is null || job.Train.LabelNames is not { } ours || ours.SequenceEqual(names) || (ClassNames.AreNumbered(names) && names.Count == ours.Count)) return;
        throw new UsageException($"The adapter in '{folder}' has the classes {string.Join(", ", names)}, in this order, and the data {string.Join(", ", ours)}; read the data with the adapter's classes.");
    }

    private RunReport Report()
    {
        var (progress, memory) = (loop.Progress, loop.Progress.Memory);
        var units = Enumerable.Range(0, Model.Blocks.Count).Count(block => Adapters?.HasUnit(block) ?? true);
        return new RunReport
        {
            Scores = progress.Scores,
            EpochLosses = progress.EpochLosses,
            Steps = progress.Step,
            TrainableParameters = TrainableParameters,
            TotalParameters = Model.NamedWeights().Sum(entry => entry.Weight.Elements),
            FrozenFraction = (double)progress.Freezes.Select(freeze => freeze.Block).Concat(Enumerable.Range(0, job.Training.FrozenBlocks)).Distinct().Count() / units,
            LowestTrainableLayer = Model.LowestTrainableBlock,
            ResidentBytes = memory.ResidentBytes,
            MemoryBeforeBytes = meter is null ? null : memory.BeforeBytes,
            MemoryAfterBytes = meter is null ? null : memory.HasFrozen ? memory.AfterBytes : memory.BeforeBytes,
            MemoryMeanBytes = meter is null ? null : memory.PeakSum / memory.Steps,
            ActivationBytes = meter is null ? null : memory.ActivationBytes,
            MemoryReason = meterReason,
            PrefixCacheBytes = loop.PrefixCacheBytes,
            Flops = progress.Flops,
            Probes = progress.Probes,
            Freezes = progress.Freezes,
            WarmUpEnd = loop.Policy?.WarmUpEnd,
            TauFinal = loop.Policy?.TauFinal,
            TrainSeconds = progress.TrainSeconds,
            ProbeSeconds = progress.ProbeSeconds,
            EvalSeconds = progress.EvalSeconds,
            ProcessPeakBytes = RunEnvironment.ProcessPeakBytes(),
            PredictedPeakBytes = choice?.StepBytes,
            TrainRows = job.Train.Examples.Count,
            EvaluationRows = job.Validation?.Examples.Count ?? 0,
        };
    }

    private string Task() => job.Train.Task switch
    {
        TaskKind.Regression => "regression",
        TaskKind.LanguageModelling => "language modelling",
        TaskKind.MaskedLanguageModelling => "masked language modelling",
        TaskKind.QuestionAnswering => "question answering",
        _ => FormattableString.Invariant($"{job.Train.Labels} classes") + (job.Train.PositiveClass is { } positive ? $", f1 of '{job.Train.LabelNames![positive]}'" : ""),
    };

    private string Description()
    {
        var t = job.Training;
        return string.Join('\n',
            FormattableString.Invariant($"model       {job.ModelFolder} ({Model.Blocks.Count} blocks, hidden {Model.Config.Width}), {Task()}"),
            $"method      {job.Method}{(Adapters is null ? "" : $": {Adapters.Settings.Summary}")}{(job.EffectiveBaseline is { } baseline ? $"; {baseline.Summary}" : "")}",
            FormattableString.Invariant($"data        {job.Train.Name}: {job.Train.Examples.Count} to train on, {job.Validation?.Examples.Count ?? 0} to validate{(Model.Config.MaxTokens is null ? "" : FormattableString.Invariant($", at most {t.MaxLength} tokens"))}"),
            FormattableString.Invariant($"training    {t.Epochs} epochs of {train.PerEpoch} steps, batch {t.BatchSize}, learning rate {t.LearningRate}, weight decay {t.WeightDecay}, seed {t.Seed}{(job.Dtype == ScalarType.Float32 ? "" : ", model in bfloat16")}"),
            $"memory      {(choice is null ? "not predicted" : $"{(job.MemoryBudget is { } budget ? $"within {ByteSize.Words(budget)}: {choice}; " : "")}predicted at most {ByteSize.Words(choice.PredictedBytes)}")}",
            FormattableString.Invariant($"machine     {job.Device ?? CPU}, {(get_num_threads() == 1 ? "1 thread" : $"{get_num_threads()} threads")}, {(meter is null ? meterReason : "memory metered")}"));
    }
}
