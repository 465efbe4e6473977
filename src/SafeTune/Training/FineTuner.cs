using System.Diagnostics;
using System.Runtime.InteropServices;
using SafeTune.Adapters;
using SafeTune.Baselines;
using SafeTune.Batching;
using SafeTune.Data;
using SafeTune.Freezing;
using SafeTune.Measurement;
using SafeTune.Models;
using SafeTune.Tokenization;
using static TorchSharp.torch;

namespace SafeTune.Training;

/// <summary>Fine-tunes a model as a <see cref="FineTuneJob"/> says: load, inject adapters, train, freeze, evaluate.</summary>
/// <remarks>Make it and use it on one thread: the memory meter and the dispose scopes belong to it.</remarks>
public sealed class FineTuner : IDisposable
{
    private readonly FineTuneJob job;
    private readonly ITrainingListener? listener;
    private readonly MemoryMeter? meter;
    private readonly string? meterReason;
    private readonly WordPiece tokenizer;
    private readonly Batches train;
    private readonly Batches? validation;
    private readonly ForwardPass pass;
    private readonly AdamW optimizer;
    private readonly Freezer? freezer;
    private readonly ImportanceProbe? probe;
    private readonly SafePolicy? policy;
    private readonly LinearSchedule schedule;
    private readonly FlopLedger flops;
    private readonly (string Name, Weight Weight)[] trained;
    private readonly Dictionary<string, Tensor> best = [];
    private readonly long[] heldByBlock;
    private Progress progress = new();

    /// <summary>Loads the model and prepares everything up to the first step.</summary>
    /// <exception cref="UsageException">The job, the model folder or the data cannot be used.</exception>
    public FineTuner(FineTuneJob job, ITrainingListener? listener = null)
    {
        (this.job, this.listener) = (job, listener);
        Methods.Check(job.Method);
        job.Training.Check();
        if (job.Train.Examples.Count == 0) throw new UsageException($"The training set '{job.Train.Name}' has no examples.");
        if (job.Training.Deterministic) Environment.SetEnvironmentVariable("CUBLAS_WORKSPACE_CONFIG", ":4096:8");

        meter = MemoryMeter.TryStart(job.Device ?? CPU, out meterReason);
        manual_seed(job.Training.Seed);
        tokenizer = WordPiece.Load(job.ModelFolder);
        Model = AutoModel.Load(job.ModelFolder, new HeadOptions(job.Train.Labels, job.Train.IsRegression, IsFresh: true), job.Device);
        if (job.Training.MaxLength > Model.Config.MaxPositions)
            throw new UsageException($"The maximum length is {job.Training.MaxLength} tokens, and the model in '{job.ModelFolder}' has {Model.Config.MaxPositions} positions; ask for at most that.");
        Adapters = Inject();
        trained = [.. Model.NamedWeights().Where(entry => entry.Weight.Trains)];
        train = new Batches(job.Train, tokenizer, job.Training.MaxLength, job.Training.BatchSize, job.Device);
        validation = job.Validation is { } data ? new Batches(data, tokenizer, job.Training.MaxLength, job.Training.BatchSize, job.Device) : null;
        pass = new ForwardPass(Model);
        optimizer = new AdamW(job.Training.WeightDecay);
        foreach (var (name, weight) in trained) optimizer.Add(name, weight);
        schedule = new LinearSchedule(job.Training.LearningRate, (int)Math.Round(job.Training.WarmUpFraction * TotalSteps), TotalSteps);
        flops = new FlopLedger(Model, Adapters);
        heldByBlock = new long[Model.Blocks.Count];
        if (Adapters is null) return;
        freezer = new Freezer(Adapters, pass, optimizer);
        if (IsSafe || job.RecordImportance)
            probe = new ImportanceProbe(Model, Adapters, pass, train, train.Sample(job.Training.Seed, job.Safe.ProbeExamples), job.Safe.CentreCka);
        if (IsSafe) policy = new SafePolicy(Model.Blocks.Count, job.Safe.Resolve(job.Safe.TotalProbes(job.Training.Epochs)));
    }

    /// <summary>The model, with its adapters.</summary>
    public Bert Model { get; }

    /// <summary>The adapters; null in full fine-tuning.</summary>
    public LoraAdapters? Adapters { get; }

    private bool IsSafe => job.Method.EndsWith("+safe", StringComparison.Ordinal);

    private int TotalSteps => train.PerEpoch * job.Training.Epochs;

    /// <summary>Trains, or goes on from the run folder's checkpoint, and evaluates.</summary>
    /// <param name="stop">Checked between steps; the run saves a checkpoint and ends with <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="TrainingFailedException">The loss is no number, or memory ran out.</exception>
    public RunReport Run(CancellationToken stop = default)
    {
        var parameters = trained.Sum(entry => entry.Weight.Elements);
        listener?.Started(Description(), parameters, Model.NamedWeights().Sum(entry => entry.Weight.Elements));
        var store = job.RunFolder is { } folder ? new CheckpointStore(Path.Combine(folder, "checkpoints"), job.Fingerprint()) : null;
        Resume(store);
        using var log = job.RunFolder is { } run ? new MetricsLog(Path.Combine(run, "metrics.jsonl"), progress.Step) : null;
        try
        {
            Loop(store, log, stop);
        }
        catch (ExternalException error) when (error.Message.Contains("out of memory", StringComparison.OrdinalIgnoreCase) || error.Message.Contains("allocate memory", StringComparison.OrdinalIgnoreCase))
        {
            throw new TrainingFailedException($"out of memory at step {progress.Step + 1} of {TotalSteps} with batches of {job.Training.BatchSize}", error);
        }

        RestoreBest();
        return Report(parameters);
    }

    /// <summary>The logits of every example of a dataset, [labels] each: probabilities after a softmax, or the score of a regression.</summary>
    public double[][] Predict(Dataset data) =>
        Evaluation.Logits(Model, pass, new Batches(data, tokenizer, job.Training.MaxLength, job.Training.BatchSize, job.Device));

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var tensor in best.Values) tensor.Dispose();
        optimizer.Dispose();
        Model.Dispose();
        meter?.Dispose();
    }

    private LoraAdapters? Inject()
    {
        if (job.Method == "full")
        {
            foreach (var (_, weight) in Model.NamedWeights()) weight.Trains = true;
            return null;
        }

        return LoraAdapters.Inject(Model, job.Lora, job.Method == "lora+zhang" ? UpperLayers.Of(Model.Blocks.Count) : null);
    }

    private void Loop(CheckpointStore? store, MetricsLog? log, CancellationToken stop)
    {
        Model.Train();
        var sinceCheckpoint = Stopwatch.StartNew();
        int[][] order = [];
        for (var epochOfOrder = -1; progress.Step < TotalSteps && !progress.StoppedEarly;)
        {
            var (epoch, index) = Math.DivRem(progress.Step, train.PerEpoch);
            if (epoch != epochOfOrder) (order, epochOfOrder) = (train.Shuffled(job.Training.Seed, epoch, job.Training.LengthBuckets), epoch);
            Step(order[index], epoch, log);
            if (probe is not null && IsProbeDue(progress.Step)) Probe(order[index], log);
            if (index == train.PerEpoch - 1) EndEpoch(epoch, log);
            var stopping = stop.IsCancellationRequested;
            if (stopping || sinceCheckpoint.Elapsed.TotalSeconds > job.Training.CheckpointSeconds)
            {
                log?.Flush();
                store?.Save(progress, Tensors());
                sinceCheckpoint.Restart();
            }

            if (stopping) throw new OperationCanceledException(stop);
        }
    }

    private void Step(int[] rows, int epoch, MetricsLog? log)
    {
        var watch = Stopwatch.StartNew();
        var rate = schedule.Rate(progress.Step);
        var resident = meter?.CurrentBytes;
        meter?.ResetPeak();
        SeedStep();
        using (var batch = train.Of(rows))
        {
            var (loss, held) = ForwardAndBackward(batch, resident);
            if (!double.IsFinite(loss)) throw new TrainingFailedException($"the loss became {loss} at step {progress.Step + 1} of {TotalSteps}; a lower learning rate may help");
            if (job.Training.GradientClip is { } clip) optimizer.ClipGradients(clip);
            optimizer.Step(rate);
            optimizer.DropGradients();
            progress.LossSum += loss;
            progress.Flops += flops.Step(batch.Size, batch.Length);
            progress.Step++;
            if (resident is { } before) progress.Memory.Add(before, held, meter!.PeakBytes - before);
            progress.TrainSeconds += watch.Elapsed.TotalSeconds;
            var info = new StepInfo(progress.Step, TotalSteps, epoch + 1, loss, rate, watch.Elapsed.TotalSeconds);
            listener?.Step(info);
            log?.Add(progress.Step, "step", new { info.Loss, info.LearningRate, info.Seconds });
        }
    }

    private (double Loss, long Held) ForwardAndBackward(Batch batch, long? resident)
    {
        var before = meter?.CurrentBytes ?? 0;
        pass.AfterBlock = meter is null ? null : (i, output) => before += heldByBlock[i] = meter.CurrentBytes - (output.numel() * sizeof(float)) - before;
        using var output = pass.Run(batch);
        pass.AfterBlock = null;
        var held = meter?.CurrentBytes - resident ?? 0;
        output.Loss!.backward();
        return (output.Loss.item<float>(), held);
    }

    // Dropout's numbers follow from the seed and the step alone, so that a resumed run draws what an uninterrupted one does, on any device.
    private void SeedStep() => manual_seed(unchecked((long)(((ulong)job.Training.Seed << 32) + (ulong)progress.Step) * 0x5851F42D4C957F2D) & long.MaxValue);

    private bool IsProbeDue(int step)
    {
        int Due(int steps) => (int)Math.Floor((steps * job.Safe.ProbesPerEpoch / train.PerEpoch) + 1e-9);
        return Due(step) > Due(step - 1);
    }

    private void Probe(int[] rows, MetricsLog? log)
    {
        var watch = Stopwatch.StartNew();
        var scores = probe!.Scores();
        var decision = policy?.Observe(scores);
        var info = new ProbeInfo(progress.Probes.Count + 1, (double)progress.Step / train.PerEpoch, scores, decision?.Tau ?? 0, policy?.WarmUpEnd is not null);
        progress.Probes.Add(info);
        if (IsSafe) progress.ProbeSeconds += watch.Elapsed.TotalSeconds;
        listener?.Probed(info);
        log?.Add(progress.Step, "probe", info);
        if (decision is null) return;
        var measured = meter is not null;
        var heldBefore = measured && decision.NewlyFrozen.Count > 0 ? HeldBytes(rows) : null;
        foreach (var freeze in freezer!.Freeze(decision, scores, progress.Step, measured ? heldByBlock : null, heldBefore, () => HeldBytes(rows)))
        {
            progress.Memory.Froze();
            progress.Freezes.Add(freeze);
            listener?.Froze(freeze);
            log?.Add(progress.Step, "freeze", freeze);
        }
    }

    /// <summary>What autograd holds after the forward pass of a batch; null without the meter.</summary>
    private long? HeldBytes(int[] rows)
    {
        if (meter is null) return null;
        var before = meter.CurrentBytes;
        using var batch = train.Of(rows);
        using var output = pass.Run(batch);
        return meter.CurrentBytes - before;
    }

    private void EndEpoch(int epoch, MetricsLog? log)
    {
        progress.EpochLosses.Add(progress.LossSum / train.PerEpoch);
        progress.LossSum = 0;
        var isLast = epoch == job.Training.Epochs - 1;
        if (validation is null || !(job.Training.EvaluateEveryEpoch || isLast)) return;
        var watch = Stopwatch.StartNew();
        progress.Scores = new Dictionary<string, double>(Evaluation.Scores(job.Validation!, Evaluation.Logits(Model, pass, validation)));
        progress.EvalSeconds += watch.Elapsed.TotalSeconds;
        listener?.Evaluated(epoch + 1, progress.Scores);
        log?.Add(progress.Step, "evaluation", progress.Scores);
        if (job.Training.EarlyStopPatience is { } patience) WatchForStop(patience);
    }

    private void WatchForStop(int patience)
    {
        var metric = job.Metric ?? (job.Train.IsRegression ? "pearson" : "accuracy");
        if (!progress.Scores.TryGetValue(metric, out var score))
            throw new UsageException($"Early stopping watches '{metric}', which is none of this data's scores: {string.Join(", ", progress.Scores.Keys)}.");
        if (!(progress.BestScore >= score))
        {
            (progress.BestScore, progress.EvaluationsWithoutGain) = (score, 0);
            foreach (var (name, weight) in trained) Keep(name, weight.Value.detach().clone());
        }
        else if (++progress.EvaluationsWithoutGain >= patience)
        {
            progress.StoppedEarly = true;
            listener?.Note($"Stopped early: {patience} evaluations without a better {metric}.");
        }
    }

    private void Keep(string name, Tensor value)
    {
        if (best.TryGetValue(name, out var old)) old.Dispose();
        best[name] = value.DetachFromDisposeScope();
    }

    private void RestoreBest()
    {
        if (best.Count == 0 || validation is null) return;
        using var off = no_grad();
        foreach (var (name, weight) in trained) weight.Value.copy_(best[name]);
        progress.Scores = new Dictionary<string, double>(Evaluation.Scores(job.Validation!, Evaluation.Logits(Model, pass, validation)));
    }

    private IEnumerable<(string Name, Tensor Value)> Tensors()
    {
        progress.OptimizerSteps = optimizer.Steps;
        return trained.Select(entry => (entry.Name, entry.Weight.Value))
            .Concat(optimizer.State())
            .Concat(best.Select(entry => ("best." + entry.Key, entry.Value)));
    }

    private void Resume(CheckpointStore? store)
    {
        if (store?.Load() is not { } checkpoint)
        {
            store?.Clear();
            return;
        }

        using var file = checkpoint.Tensors;
        progress = checkpoint.Progress;
        using var off = no_grad();
        foreach (var (name, weight) in trained)
        {
            using var saved = file.Read(name);
            weight.Value.copy_(saved);
        }

        if (policy is not null) foreach (var past in progress.Probes) policy.Observe(past.Scores);
        foreach (var freeze in progress.Freezes) freezer!.Freeze(freeze.Block);
        pass.Refresh();
        optimizer.Restore(progress.OptimizerSteps, name => file.Read(name));
        foreach (var name in file.Entries.Keys.Where(key => key.StartsWith("best.", StringComparison.Ordinal))) Keep(name["best.".Length..], file.Read(name));
        listener?.Note($"Resuming after step {progress.Step} of {TotalSteps}.");
    }

    private RunReport Report(long trainableParameters)
    {
        var memory = progress.Memory;
        var units = Enumerable.Range(0, Model.Blocks.Count).Count(block => Adapters?.HasUnit(block) ?? true);
        return new RunReport
        {
            Scores = progress.Scores,
            EpochLosses = progress.EpochLosses,
            Steps = progress.Step,
            TrainableParameters = trainableParameters,
            TotalParameters = Model.NamedWeights().Sum(entry => entry.Weight.Elements),
            FrozenFraction = (double)progress.Freezes.Count / units,
            LowestTrainableLayer = Model.LowestTrainableBlock,
            ResidentBytes = memory.ResidentBytes,
            MemoryBeforeBytes = meter is null ? null : memory.BeforeBytes,
            MemoryAfterBytes = meter is null ? null : memory.HasFrozen ? memory.AfterBytes : memory.BeforeBytes,
            MemoryMeanBytes = meter is null ? null : memory.PeakSum / memory.Steps,
            ActivationBytes = meter is null ? null : memory.ActivationBytes,
            MemoryReason = meterReason,
            Flops = progress.Flops,
            Probes = progress.Probes,
            Freezes = progress.Freezes,
            WarmUpEnd = policy?.WarmUpEnd,
            TauFinal = policy?.TauFinal,
            TrainSeconds = progress.TrainSeconds,
            ProbeSeconds = progress.ProbeSeconds,
            EvalSeconds = progress.EvalSeconds,
            ProcessPeakBytes = RunEnvironment.ProcessPeakBytes(),
            TrainRows = train.Rows,
            EvaluationRows = validation?.Rows ?? 0,
        };
    }

    private string Description()
    {
        var t = job.Training;
        return string.Join('\n',
            FormattableString.Invariant($"model       {job.ModelFolder} ({Model.Blocks.Count} blocks, hidden {Model.Config.HiddenSize}), {(job.Train.IsRegression ? "regression" : $"{job.Train.Labels} classes")}"),
            FormattableString.Invariant($"method      {job.Method}{(Adapters is null ? "" : $": r {job.Lora.Rank}, alpha {job.Lora.Alpha}, dropout {job.Lora.Dropout} on {string.Join(", ", job.Lora.Targets)}")}"),
            FormattableString.Invariant($"data        {job.Train.Name}: {train.Rows} to train on, {validation?.Rows ?? 0} to validate, at most {t.MaxLength} tokens"),
            FormattableString.Invariant($"training    {t.Epochs} epochs of {train.PerEpoch} steps, batch {t.BatchSize}, learning rate {t.LearningRate}, weight decay {t.WeightDecay}, seed {t.Seed}"),
            FormattableString.Invariant($"machine     {job.Device ?? CPU}, {get_num_threads()} threads, {(meter is null ? meterReason : "memory metered")}"));
    }
}
