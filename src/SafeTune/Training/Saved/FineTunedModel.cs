using SafeTune.Adapters;
using SafeTune.Batching;
using SafeTune.Data;
using SafeTune.Freezing;
using SafeTune.Models;
using static TorchSharp.torch;

namespace SafeTune.Training;

/// <summary>A prediction for one example.</summary>
/// <param name="Label">The class's name; null for a regression.</param>
/// <param name="Score">The class's probability, or the predicted number.</param>
public sealed record Prediction(string? Label, double Score);

/// <summary>What merging an adapter did.</summary>
/// <param name="ChangedWeights">Tensors of the model that differ from the pre-trained ones.</param>
/// <param name="LargestDifference">Between the logits of the merged model and those with the adapter, on random examples.</param>
/// <param name="LargestLogit">To judge the difference by.</param>
public sealed record MergeReport(int ChangedWeights, double LargestDifference, double LargestLogit);

/// <summary>A fine-tuned model on disk: saved after training, loaded to predict.</summary>
/// <remarks>An adapter is saved in PEFT's layout, a model trained in full in Hugging Face's; beside either lies <see cref="FineTunedInfo"/>.</remarks>
public sealed class FineTunedModel : IDisposable
{
    private const int BatchSize = 32;
    private readonly Transformer model;
    private readonly ExampleEncoder encoder;
    private readonly AdapterSet? adapters;
    private readonly string modelFolder;
    private readonly Device? device;

    private FineTunedModel(FineTunedInfo info, Transformer model, AdapterSet? adapters, string modelFolder, Device? device)
    {
        (Info, this.model, this.adapters, this.modelFolder, this.device) = (info, model, adapters, modelFolder, device);
        encoder = ExampleEncoders.For(model, modelFolder, info.MaxLength);
    }

    /// <summary>How it was trained and on what.</summary>
    public FineTunedInfo Info { get; }

    /// <summary>Saves what a run has trained.</summary>
    /// <param name="folder">Created when missing.</param>
    /// <param name="job">The run's.</param>
    /// <param name="tuner">After its run.</param>
    /// <param name="report">The run's result.</param>
    /// <param name="textColumns">Columns of the texts, where they came from a table.</param>
    /// <param name="labelColumn">Column of the labels.</param>
    /// <exception cref="UsageException">The method's result cannot be saved, or a file cannot be written; what was there before is untouched.</exception>
    public static void Save(string folder, FineTuneJob job, FineTuner tuner, RunReport report, IReadOnlyList<string>? textColumns = null, string? labelColumn = null)
    {
        Methods.CheckSavable(job.Method);
        var baseModel = Path.GetFullPath(job.ModelFolder);
        ResultFolder.Replace(folder, into =>
        {
            if (tuner.Adapters is not null) tuner.Adapters.Write(into, baseModel);
            else HuggingFaceFolder.Write(into, tuner.Model, baseModel, job.Train.LabelNames);
            if (report.Freezes.Count > 0)
                new FreezePlan([.. report.Freezes.Select(freeze => new PlannedFreeze(freeze.Block, freeze.Step, freeze.Score, freeze.Tau, freeze.BytesFreed))]).Write(Path.Combine(into, FreezePlan.FileName));
            // Last: a folder with this file is complete.
            new FineTunedInfo
            {
                Method = job.Method,
                BaseModel = tuner.Adapters is null ? null : baseModel,
                Task = job.Train.Task,
                LabelNames = job.Train.LabelNames,
                PositiveLabel = job.Train.PositiveClass is { } positive ? job.Train.LabelNames![positive] : null,
                HasUnquotedLabels = job.Train.HasUnquotedLabels,
                MaxLength = job.Training.MaxLength,
                TextColumns = textColumns,
                LabelColumn = labelColumn,
                Scores = report.Scores,
                Files = tuner.Adapters is null ? FileRecord.Of(null, into) : FileRecord.Of(into, baseModel),
            }.Write(into);
        });
    }

    /// <summary>Saves a model trained in full as one to begin other trainings with: a folder in Hugging Face's layout, in float16, without the part of the head that is new with every task.</summary>
    /// <param name="folder">Created when missing.</param>
    /// <param name="job">The run's.</param>
    /// <param name="tuner">After its run.</param>
    /// <exception cref="UsageException">An adapter was trained, not the model, or a weight is too large for float16.</exception>
    public static void SavePretrained(string folder, FineTuneJob job, FineTuner tuner)
    {
        if (tuner.Adapters is not null) throw new UsageException($"The method '{job.Method}' leaves the pre-trained model as it is; to save a model for other trainings, train it in full.");
        HuggingFaceFolder.WritePretrained(folder, tuner.Model, job.ModelFolder);
    }

    /// <summary>Loads a folder that <see cref="Save"/> wrote, or a LoRA adapter that peft wrote.</summary>
    /// <param name="folder">The adapter's, or a whole model's.</param>
    /// <param name="baseModel">Folder of the pre-trained model; null = where it was at training.</param>
    /// <param name="device">Where to predict; null = the CPU.</param>
    /// <param name="warn">Told of settings that were ignored.</param>
    /// <exception cref="UsageException">A folder or file is missing, broken or does not fit.</exception>
    public static FineTunedModel Load(string folder, string? baseModel = null, Device? device = null, Action<string>? warn = null)
    {
        var (info, from) = Describe(folder, baseModel);
        var isWhole = info.BaseModel is null;
        if (FileRecord.Changes(info.Files, isWhole ? null : folder, from) is { } changes) warn?.Invoke(changes);
        if (!File.Exists(Path.Combine(folder, FineTunedInfo.FileName)) && info.LabelNames is { } names && ClassNames.AreNumbered(names))
            warn?.Invoke($"Neither the adapter in '{folder}' nor its model names the classes: they are called {string.Join(", ", names.Take(3))}{(names.Count > 3 ? ", …" : "")} by their places in the head.");
        if (!isWhole && OtherTokenizer(folder, from) is { } other) warn?.Invoke($"'{Path.Combine(folder, other)}' is not the model's own and was not read: the tokenizer is that of '{from}'.");
        var labels = info.LabelNames?.Count ?? 1;
        var savedHead = isWhole ? null : AdapterFolder.Labels(folder);
        if (info.Task is TaskKind.Classification or TaskKind.Regression && savedHead is { } head && head != labels)
            throw new UsageException($"The adapter in '{folder}' has a head of {head} outputs, and {FineTunedInfo.FileName} names {labels} labels; train it again.");
        // The head of an adapter's folder replaces the model's, which may have another size.
        var model = AutoModel.Load(
            from, new HeadOptions(info.Task, labels, IsFresh: savedHead is not null) { LabelNames = info.LabelNames },
            new LoadOptions(device, Warn: warn) { Brought = isWhole ? new HashSet<string>() : AdapterFolder.Whole(folder) });
        model.Use(KernelOptions.All);
        var adapters = isWhole ? null : AdapterFolder.Load(folder, model, warn);
        model.Train(false);
        return new FineTunedModel(info, model, adapters, from, device);
    }

    /// <summary>What a folder's model predicts, and by which names, without loading it.</summary>
    /// <param name="folder">As for <see cref="Load"/>.</param>
    /// <param name="baseModel">As for <see cref="Load"/>.</param>
    /// <exception cref="UsageException">A folder or file is missing or broken.</exception>
    public static FineTunedInfo InfoOf(string folder, string? baseModel = null) => Describe(folder, baseModel).Info;

    /// <summary>Merges the adapter into the weights and writes a whole model in Hugging Face's layout, its tokenizer's files included.</summary>
    /// <param name="folder">Created when missing.</param>
    /// <exception cref="UsageException">There is no adapter, it cannot be merged, holds values that are no numbers, or changes nothing.</exception>
    public MergeReport Merge(string folder)
    {
        if (adapters is null) throw new UsageException("This model was trained in full: there is no adapter to merge.");
        using var off = no_grad();
        using var batch = model.Config.RandomBatch(device);
        var pass = new ForwardPass(model);
        using var before = pass.Run(batch);
        var changed = adapters.Merge();
        if (changed == 0) throw new UsageException("The adapter changes no weight of the model; was it trained?");
        using var after = pass.Run(batch);
        using var largest = before.Logits.abs().max();
        using var difference = (after.Logits - before.Logits).abs().max();
        ResultFolder.Replace(folder, into =>
        {
            HuggingFaceFolder.Write(into, model, modelFolder, Info.LabelNames);
            // A merged model is read as one that was trained in full.
            (Info with { BaseModel = null, Files = FileRecord.Of(null, into) }).Write(into);
        });
        return new MergeReport(changed, difference.item<float>(), largest.item<float>());
    }

    /// <summary>The logits of every example, [labels] each.</summary>
    /// <exception cref="UsageException">The model predicts tokens, not labels.</exception>
    public double[][] Logits(Dataset data) => Info.Task is not (TaskKind.Classification or TaskKind.Regression)
        ? throw new UsageException("This model predicts no labels; a language model generates text: safetune generate.")
        : data.Examples.Count == 0
        ? []
        : Evaluation.Logits(model, new ForwardPass(model), new Batches(data, encoder, BatchSize, device));

    /// <summary>The likeliest class of every example with its probability, or the predicted number.</summary>
    public IReadOnlyList<Prediction> Predict(Dataset data) =>
        [.. Logits(data).Select(logits => Info.LabelNames is { } names ? Likeliest(names, logits) : new Prediction(null, logits[0]))];

    /// <summary>Scores of the predictions by name, as fractions.</summary>
    /// <param name="data">Labelled, with <see cref="FineTunedInfo.LabelNames"/>.</param>
    public IReadOnlyDictionary<string, double> Evaluate(Dataset data) => data.Examples.Count == 0
        ? throw new UsageException($"The data '{data.Name}' has no examples to evaluate.")
        : Evaluation.Scores(data, model, new ForwardPass(model), new Batches(data, encoder, BatchSize, device));

    /// <inheritdoc/>
    public void Dispose()
    {
        (adapters as IDisposable)?.Dispose();
        model.Dispose();
    }

    private static Prediction Likeliest(IReadOnlyList<string> names, double[] logits)
    {
        var best = Array.IndexOf(logits, logits.Max());
        return new Prediction(names[best], 1 / logits.Sum(logit => Math.Exp(logit - logits[best])));
    }

    private static (FineTunedInfo Info, string ModelFolder) Describe(string folder, string? baseModel)
    {
        if (!Directory.Exists(folder)) throw new UsageException($"The adapter folder '{folder}' does not exist.");
        var saved = FineTunedInfo.Read(folder);
        var from = saved is { BaseModel: null } ? folder : Base(folder, baseModel ?? saved?.BaseModel ?? AdapterFolder.BaseModel(folder));
        return (saved ?? Guess(folder, from), from);
    }

    // peft and its pipelines save one beside the adapter.
    private static string? OtherTokenizer(string folder, string model) => HuggingFaceFolder.TokenizerFiles.FirstOrDefault(name =>
        File.Exists(Path.Combine(folder, name)) && !(File.Exists(Path.Combine(model, name)) && File.ReadAllBytes(Path.Combine(folder, name)).AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(model, name)))));

    private static string Base(string folder, string? model) => model is null
        ? throw new UsageException($"The adapter in '{folder}' does not say which model it belongs to; name the model's folder.")
        : Directory.Exists(model) ? model
        : throw new UsageException($"The adapter in '{folder}' belongs to the model '{model}', and there is no such folder; name the model's folder.");

    // Of an adapter that peft saved: the classes come from the head and, where they fit, their names from the model.
    private static FineTunedInfo Guess(string folder, string model)
    {
        var config = AutoModel.Configuration(model);
        var labels = AdapterFolder.Labels(folder) ?? config.Labels;
        var task = AdapterFolder.Task(folder) ?? config.Architectures[0].Task;
        if (task is TaskKind.Classification or TaskKind.Regression)
        {
            LabelKeys.CheckHead(Path.Combine(model, "config.json"), config, labels);
            task = labels == 1 ? TaskKind.Regression : TaskKind.Classification;
        }

        IReadOnlyList<string> names = AdapterFolder.LabelNames(folder) ?? (config.LabelNames is { } own && own.Count == labels ? own : [.. Enumerable.Range(0, labels).Select(i => FormattableString.Invariant($"LABEL_{i}"))]);
        return new FineTunedInfo
        {
            Method = "lora", BaseModel = model, Task = task, LabelNames = task == TaskKind.Classification ? names : null, MaxLength = (int)Math.Min(512, config.MaxTokens ?? 512),
        };
    }
}
