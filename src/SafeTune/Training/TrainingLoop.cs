using System.Diagnostics;
using SafeTune.Adapters;
using SafeTune.Baselines;
using SafeTune.Batching;
using SafeTune.Data;
using SafeTune.Freezing;
using SafeTune.Measurement;
using SafeTune.Models;
using SafeTune.Torch;
using static SafeTune.Torch.Scalars;
using static TorchSharp.torch;

namespace SafeTune.Training;

/// <summary>The loop over steps: batch, forward, backward, update; probes and freezing between steps; an evaluation after the epoch.</summary>
internal sealed class TrainingLoop : IDisposable
{
    private const string StatePrefix = "adapters.", BaselinePrefix = "baseline.";
    private readonly FineTuneJob job;
    private readonly ITrainingListener? listener;
    private readonly MemoryMeter? meter;
    private readonly Transformer model;
    private readonly AdapterSet? adapters;
    private readonly Batches train;
    private readonly Batches? validation;
    private readonly ForwardPass pass;
    private readonly AdamW optimizer;
    private readonly Baseline? baseline;
    private readonly Freezer? freezer;
    private readonly ImportanceProbe? probe;
    private readonly LinearSchedule schedule;
    private readonly Dictionary<string, Tensor> best = [];
    private readonly long[] heldByBlock;
    private MetricsLog? log;

    /// <summary>Prepares the optimizer and, where the job asks for them, the probe and SAFE's policy.</summary>
    public TrainingLoop(FineTuneJob job, Transformer model, AdapterSet? adapters, Batches train, Batches? validation, MemoryMeter? meter, ITrainingListener? listener)
    {
        (this.job, this.model, this.adapters, this.train, this.validation, this.meter, this.listener) = (job, model, adapters, train, validation, meter, listener);
        Trained = [.. model.NamedWeights().Where(entry => entry.Weight.Trains)];
        TotalSteps = train.PerEpoch * job.Training.Epochs;
        pass = new ForwardPass(model)
        {
            Recomputes = job.Training.GradientCheckpointing,
            PrefixEvaluates = !job.Training.FrozenDropout,
            Cache = job.Training.PrefixCache is { } kept ? new PrefixCache(kept, job.RunFolder) : null,
        };
        optimizer = new AdamW(job.Training.WeightDecay);
        foreach (var (name, weight) in Trained) optimizer.Add(name, weight);
        schedule = new LinearSchedule(job.Training.LearningRate, (int)Math.Round(job.Training.WarmUpFraction * TotalSteps), TotalSteps);
        heldByBlock = new long[model.Blocks.Count];
        if (adapters is null) return;
        freezer = new Freezer(adapters, pass, optimizer, meter);
        baseline = job.EffectiveBaseline?.Begin(new BaselineRun(adapters, pass, job.Training.Seed, TotalSteps, optimizer.Cut));
        // A score needs the pre-trained network to compare with.
        if ((job.IsSafe && job.FreezePlan is null) || (job.RecordImportance && job.EffectiveBaseline is null or { KeepsNetwork: true }))
            probe = new ImportanceProbe(model, adapters, pass, job.Safe.CentreCka);
        if (job.IsSafe && job.FreezePlan is null) Policy = new SafePolicy(model.Blocks.Count, job.Safe.Resolve(job.Safe.TotalProbes(job.Training.Epochs)));
    }

    /// <summary>What trained at the start.</summary>
    public IReadOnlyList<(string Name, Weight Weight)> Trained { get; }

    /// <summary>Bytes that the frozen prefix's outputs take.</summary>
    public long PrefixCacheBytes => pass.Cache?.Bytes ?? 0;

    /// <summary>Of the whole training.</summary>
    public int TotalSteps { get; }

    /// <summary>How far the run has come.</summary>
    public Progress Progress { get; private set; } = new();

    /// <summary>SAFE's decisions; null for another method.</summary>
    public SafePolicy? Policy { get; }

    /// <summary>What moves the weights.</summary>
    public AdamW Optimizer => optimizer;

    /// <summary>Goes on from the store's checkpoint, if there is one, to the end, and puts the best weights back when it watched for them.</summary>
    public void Run(string? runFolder, CancellationToken stop)
    {
        var store = runFolder is null ? null : new CheckpointStore(Path.Combine(runFolder, "checkpoints"), RunSettings.Of(job));
        Resume(store);
        using (log = runFolder is null ? null : new MetricsLog(Path.Combine(runFolder, "metrics.jsonl"), Progress.Step)) Train(store, stop);
        RestoreBest();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var tensor in best.Values) tensor.Dispose();
        optimizer.Dispose();
        pass.Dispose();
        pass.Cache?.Dispose();
        (baseline as IDisposable)?.Dispose();
    }

    private void Train(CheckpointStore? store, CancellationToken stop)
    {
        model.Train();
        var sinceCheckpoint = Stopwatch.StartNew();
        int[][] order = [];
        using var ahead = train.Announce(Coming());
        for (var epochOfOrder = -1; Progress.Step < TotalSteps && !Progress.StoppedEarly;)
        {
            var (epoch, index) = Math.DivRem(Progress.Step, train.PerEpoch);
            if (epoch != epochOfOrder) (order, epochOfOrder) = (train.Shuffled(job.Training.Seed, epoch, job.Training.LengthBuckets), epoch);
            if (Progress.Step == 0 && baseline is not null) Start(baseline, order[index]);
            Step(order[index], epoch);
            if (probe is not null && IsProbeDue(Progress.Step)) Probe(order[index]);
            if (job.FreezePlan?.At(Progress.Step) is { Count: > 0 } planned && Progress.Step < TotalSteps) Replay(planned, order[index]);
            var isEpochEnd = index == train.PerEpoch - 1 || Progress.StoppedEarly;
            if (isEpochEnd) EndEpoch(epoch, steps: index + 1);
            var stopping = stop.IsCancellationRequested;
            if (stopping || isEpochEnd || sinceCheckpoint.Elapsed.TotalSeconds > job.Training.CheckpointSeconds)
            {
                log?.Flush();
                store?.Save(Progress, Tensors());
                sinceCheckpoint.Restart();
            }

            if (stopping) throw new OperationCanceledException(stop);
        }
    }

    private IEnumerable<int[]> Coming()
    {
        var (epoch, index) = Math.DivRem(Progress.Step, train.PerEpoch);
        return Enumerable.Range(epoch, job.Training.Epochs - epoch).SelectMany(e => train.Shuffled(job.Training.Seed, e, job.Training.LengthBuckets)).Skip(index).SelectMany(Parts);
    }

    private void Start(Baseline rule, int[] rows)
    {
        manual_seed(pass.Seed = StepSeed(job.Training.Seed, Progress.Step));
        using var batch = train.Of(rows);
        rule.Start(batch);
    }

    private void Step(int[] rows, int epoch)
    {
        var watch = Stopwatch.StartNew();
        var rate = schedule.Rate(Progress.Step);
        var resident = meter?.CurrentBytes;
        // Peaks count above what was resident at first: weights that have left since are less of them.
        var freed = baseline?.FreedBytes ?? 0;
        meter?.ResetPeak();
        baseline?.BeforeStep(Progress.Step);
        var (loss, held, shapes) = Gradients([.. Parts(rows)], resident);
        if (!double.IsFinite(loss)) throw new TrainingFailedException($"the loss became {loss} at step {Progress.Step + 1} of {TotalSteps}; a lower learning rate may help");
        if (job.Training.GradientClip is { } clip) optimizer.ClipGradients(clip);
        baseline?.BeforeUpdate(Progress.Step);
        optimizer.Step(rate);
        adapters?.Updated(Progress.Step);
        optimizer.DropGradients();
        Progress.LossSum += loss;
        foreach (var (shape, firstComputed) in shapes) Progress.Flops += FlopCounter.Step(model, shape, pass.Recomputes ? pass.Prefix : null, firstComputed);
        baseline?.AfterStep(Progress.Step);
        Progress.Step++;
        if (resident is { } before) Progress.Memory.Add(before, held, meter!.PeakBytes - before - freed + (freezer?.KeptBytes ?? 0));
        if (baseline?.FreedBytes > freed) Progress.Memory.Froze();
        Progress.TrainSeconds += watch.Elapsed.TotalSeconds;
        var info = new StepInfo(Progress.Step, TotalSteps, epoch + 1, loss, rate, watch.Elapsed.TotalSeconds);
        listener?.Step(info);
        log?.Add(Progress.Step, "step", new { info.Loss, info.LearningRate, info.Seconds });
    }

    private IEnumerable<int[]> Parts(int[] rows) => rows.Chunk(job.Training.PartSize);

    /// <summary>Leaves the gradients of the batch's mean loss. The mean over a part counts as much as the part has of what it is over: examples, or tokens to be predicted.</summary>
    private (double Loss, long Held, IReadOnlyList<(InputShape Shape, int FirstComputed)> Shapes) Gradients(int[][] parts, long? resident)
    {
        var seed = StepSeed(job.Training.Seed, Progress.Step);
        var (sum, total, held, shapes) = (0.0, 0L, 0L, new List<(InputShape, int)>());
        for (var i = 0; i < parts.Length; i++)
        {
            // Dropout follows from the part, what is drawn for a row from the step alone.
            manual_seed(pass.Seed = unchecked(seed + (i * 0x632BE59BD9B4E019)) & long.MaxValue);
            using var batch = train.Of(parts[i], seed);
            var weight = parts.Length == 1 ? 1 : Evaluation.Predicted(batch, job.Train.Task);
            total += weight;
            if (weight == 0) continue;
            var (loss, heldNow) = ForwardAndBackward(batch, i == 0 ? resident : null, weight, i == parts.Length - 1 ? total : 0);
            shapes.Add((batch.Shape, pass.FirstComputed));
            sum += loss;
            held = Math.Max(held, heldNow);
        }

        if (parts.Length > 1) optimizer.ScaleGradients(1.0 / total);
        return (sum / total, held, shapes);
    }

    /// <param name="batch">The batch, or a part of it.</param>
    /// <param name="resident">Bytes held before it; null = what it holds is not asked for.</param>
    /// <param name="weight">What the loss is multiplied by.</param>
    /// <param name="penaltyWeight">What the method's penalty is multiplied by.</param>
    private (double Loss, long Held) ForwardAndBackward(Batch batch, long? resident, long weight, long penaltyWeight)
    {
        var before = meter?.CurrentBytes ?? 0;
        pass.AfterBlock = meter is null ? null : (i, output) => before += heldByBlock[i] = meter.CurrentBytes - (output.numel() * output.element_size()) - before;
        using var output = pass.Run(batch);
        pass.AfterBlock = null;
        var held = meter?.CurrentBytes - resident ?? 0;
        using var scaled = weight == 1 ? output.Loss!.alias() : output.Loss!.Times(weight);
        using var penalty = penaltyWeight == 0 ? null : adapters?.Penalty();
        using var total = penalty is null ? scaled.alias() : scaled.add(penalty, Kept((double)penaltyWeight));
        pass.Backward(total);
        return (total.item<float>(), held);
    }

    /// <summary>The random seed of one step. Dropout's numbers and masks follow from the run's seed and the step alone, so that a resumed run draws what an uninterrupted one does.</summary>
    /// <remarks>libtorch's CPU generator takes the lower 32 bits only: both numbers must reach those.</remarks>
    internal static long StepSeed(int seed, int step) => unchecked((step * 0x5851F42D4C957F2D) + ((seed - 1) * 0x14057B7EF767814F)) & long.MaxValue;

    private bool IsProbeDue(int step)
    {
        int Due(int steps) => (int)Math.Floor((steps * job.Safe.ProbesPerEpoch / train.PerEpoch) + 1e-9);
        return Due(step) > Due(step - 1);
    }

    private void Probe(int[] rows)
    {
        var watch = Stopwatch.StartNew();
        using var sample = train.Of(train.Sample(job.Training.Seed, job.Safe.ProbeExamples));
        var scores = probe!.Scores(sample);
        var decision = Policy?.Observe(scores);
        var info = new ProbeInfo(Progress.Probes.Count + 1, (double)Progress.Step / train.PerEpoch, scores, decision?.Tau ?? 0, Policy?.WarmUpEnd is not null);
        Progress.Probes.Add(info);
        if (job.IsSafe) Progress.ProbeSeconds += watch.Elapsed.TotalSeconds;
        listener?.Probed(info);
        log?.Add(Progress.Step, "probe", info);
        if (decision is not null && Progress.Step < TotalSteps) Freeze(decision, scores, rows);
    }

    private void Replay(IReadOnlyList<PlannedFreeze> planned, int[] rows)
    {
        var scores = new double[model.Blocks.Count];
        foreach (var freeze in planned) scores[freeze.Block] = freeze.Score;
        Freeze(new FreezeDecision(Probe: 0, planned[0].Threshold, [.. planned.Select(freeze => freeze.Block).Order()]), scores, rows);
    }

    private void Freeze(FreezeDecision decision, IReadOnlyList<double> scores, int[] rows)
    {
        var measured = meter is not null;
        var heldBefore = measured && decision.NewlyFrozen.Count > 0 ? HeldBytes(rows) : null;
        foreach (var freeze in freezer!.Freeze(decision, scores, Progress.Step, measured ? heldByBlock : null, heldBefore, () => HeldBytes(rows)))
        {
            Progress.Memory.Froze();
            Progress.Freezes.Add(freeze);
            listener?.Froze(freeze);
            log?.Add(Progress.Step, "freeze", freeze);
        }

        if (Trained.Any(entry => entry.Weight.Trains)) return;
        Progress.StoppedEarly = true;
        listener?.Note($"Every adapter is frozen and nothing else trains: the training ends after step {Progress.Step} of {TotalSteps}.");
    }

    /// <summary>What autograd holds after the forward pass of a batch; null without the meter.</summary>
    private long? HeldBytes(int[] rows)
    {
        if (meter is null) return null;
        var before = meter.CurrentBytes;
        using var batch = train.Of(Parts(rows).First());
        using var output = pass.Run(batch);
        var held = meter.CurrentBytes - before;
        // No backward pass follows.
        pass.Dispose();
        return held;
    }

    private void EndEpoch(int epoch, int steps)
    {
        Progress.EpochLosses.Add(Progress.LossSum / steps);
        Progress.LossSum = 0;
        var isLast = epoch == job.Training.Epochs - 1 || Progress.StoppedEarly;
        if (validation is null || !(job.Training.EvaluateEveryEpoch || isLast)) return;
        var watch = Stopwatch.StartNew();
        Progress.Scores = new Dictionary<string, double>(Evaluation.Scores(job.Validation!, model, pass, validation, job.Generation));
        Progress.EvalSeconds += watch.Elapsed.TotalSeconds;
        listener?.Evaluated(epoch + 1, Progress.Scores);
        log?.Add(Progress.Step, "evaluation", Progress.Scores);
        if (job.Training.EarlyStopPatience is { } patience) WatchForStop(patience);
    }

    private void WatchForStop(int patience)
    {
        var metric = job.Metric ?? job.Train.Task switch { TaskKind.Regression => "pearson", TaskKind.LanguageModelling or TaskKind.MaskedLanguageModelling => "loss", _ => "accuracy" };
        if (!Progress.Scores.TryGetValue(metric, out var score))
            throw new UsageException($"Early stopping watches '{metric}', which is none of this data's scores: {string.Join(", ", Progress.Scores.Keys)}.");
        // Of errors the smallest is the best.
        var gain = metric is "loss" or "perplexity" or "mse" ? -score : score;
        // An undefined score, such as the correlation of equal numbers, is never the best.
        if (!double.IsNaN(gain) && !(Progress.BestScore >= gain))
        {
            (Progress.BestScore, Progress.EvaluationsWithoutGain) = (gain, 0);
            foreach (var (name, weight) in Trained) Keep(name, weight.Value.detach().clone());
        }
        else if (++Progress.EvaluationsWithoutGain >= patience)
        {
            Progress.StoppedEarly = true;
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
        foreach (var (name, weight) in Trained) weight.Value.copy_(best[name]);
        Progress.Scores = new Dictionary<string, double>(Evaluation.Scores(job.Validation!, model, pass, validation, job.Generation));
    }

    private IEnumerable<(string Name, Tensor Value)> Tensors()
    {
        Progress.OptimizerSteps = optimizer.Steps;
        return Trained.Select(entry => (entry.Name, entry.Weight.Value))
            .Concat(optimizer.State())
            .Concat(adapters?.State().Select(entry => (StatePrefix + entry.Name, entry.Value)) ?? [])
            .Concat(baseline?.State().Select(entry => (BaselinePrefix + entry.Name, entry.Value)) ?? [])
            .Concat(best.Select(entry => ("best." + entry.Key, entry.Value)));
    }

    private void Resume(CheckpointStore? store)
    {
        if (store?.Load(job.DiscardsOtherCheckpoints, sentence => listener?.Note(sentence)) is not { } checkpoint) return;
        using var file = checkpoint.Tensors;
        Progress = checkpoint.Progress;
        using var off = no_grad();
        if (Progress.Step > 0) baseline?.Restore(name => file.Read(BaselinePrefix + name));
        foreach (var (name, weight) in Trained)
        {
            using var saved = file.Read(name);
            weight.Value.copy_(saved);
        }

        if (Policy is not null) foreach (var past in Progress.Probes) Policy.Observe(past.Scores);
        foreach (var freeze in Progress.Freezes) freezer!.Freeze(freeze.Block);
        pass.Refresh();
        adapters?.Restore(file.Entries.Keys.Where(key => key.StartsWith(StatePrefix, StringComparison.Ordinal)).Select(key => key[StatePrefix.Length..]).ToHashSet(), name => file.Read(StatePrefix + name));
        optimizer.Restore(Progress.OptimizerSteps, name => file.Read(name));
        foreach (var name in file.Entries.Keys.Where(key => key.StartsWith("best.", StringComparison.Ordinal))) Keep(name["best.".Length..], file.Read(name));
        listener?.Note($"Resuming after step {Progress.Step} of {TotalSteps}.");
    }
}
