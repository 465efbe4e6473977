using SafeTune.Adapters;
using SafeTune.Batching;
using SafeTune.Checkpoints;
using SafeTune.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace SafeTune.Measurement;

/// <summary>One compared output.</summary>
/// <param name="Name">Its name in golden.safetensors, e.g. <c>out.hidden.3</c>.</param>
/// <param name="Difference">The largest absolute difference; not a number when a value is not, infinite when the output is missing or of another shape.</param>
/// <param name="Tolerance">The largest difference allowed.</param>
/// <param name="Expected">The largest absolute value expected, to judge the difference by.</param>
/// <param name="Problem">Why nothing could be compared; null when it was.</param>
public sealed record ParityRow(string Name, double Difference, double Tolerance, double Expected, string? Problem)
{
    /// <summary>Whether the difference is within the tolerance. NaN is not.</summary>
    public bool Passed => Difference <= Tolerance;
}

/// <summary>Compares a model with what a reference implementation computed from the same weights and inputs.</summary>
/// <remarks>
/// golden.safetensors holds the inputs <c>in.*</c> and the expected outputs: <c>out.*</c> of the bare model, and <c>lora.*</c> with the adapter in <c>adapter/</c>, its gradients
/// under <c>lora.grad.&lt;peft's parameter name&gt;</c>. Everything in evaluation mode, float32 on the CPU; positions under the padding count.
/// </remarks>
public static class Parity
{
    /// <summary>The file with inputs and expected outputs.</summary>
    public const string FileName = "golden.safetensors";

    private const string Gradient = "grad.base_model.model.";

    /// <summary>Runs the model of a folder, and its adapter, and compares every expected output there is.</summary>
    /// <param name="folder">config.json, model.safetensors, golden.safetensors and, with <c>lora.*</c> outputs, adapter/.</param>
    /// <exception cref="UsageException">A file is missing or broken, or golden.safetensors has no inputs or nothing to compare.</exception>
    public static IReadOnlyList<ParityRow> Run(string folder)
    {
        if (!Directory.Exists(folder)) throw new UsageException($"The model folder '{folder}' does not exist.");
        using var golden = SafeTensorsFile.Open(Path.Combine(folder, FileName));
        string[] names = [.. golden.Entries.Keys.Where(name => !name.StartsWith("in.", StringComparison.Ordinal)).OrderBy(Natural, StringComparer.Ordinal)];
        if (names.Length == 0) throw new UsageException($"{Path.Combine(folder, FileName)} has no expected outputs, such as 'out.logits'.");
        using var batch = Inputs(golden, Path.Combine(folder, FileName));
        using var model = Model(folder, golden, batch);
        model.Train(false);

        // Nothing trains in the bare model; with the adapter, it and the head do, as in peft.
        foreach (var (_, weight) in model.NamedWeights()) weight.Trains = false;
        var rows = Compare(golden, "out.", [.. names.Where(name => Starts(name, "out."))], Outputs(model, batch)).ToList();
        if (names.Any(name => Starts(name, "lora.")))
        {
            PeftFolder.Load(Path.Combine(folder, "adapter"), model);
            model.Train(false);
            rows.AddRange(Compare(golden, "lora.", [.. names.Where(name => Starts(name, "lora."))], Outputs(model, batch)));
        }

        rows.AddRange(names.Where(name => !Starts(name, "out.") && !Starts(name, "lora.")).Select(name => Missing(name)));
        return rows;
    }

    // The caller's dictionary owns the tensors.
    private static Dictionary<string, Tensor> Outputs(Bert model, Batch batch)
    {
        var outputs = new Dictionary<string, Tensor>();
        var pass = new ForwardPass(model);
        using var context = model.Context(batch);
        var hidden = pass.Embed(batch);
        outputs["hidden.0"] = hidden;
        for (var i = 0; i < model.Blocks.Count; i++) outputs[$"hidden.{i + 1}"] = hidden = pass.Block(i, hidden, context);
        var (logits, loss) = model.Head(hidden, batch);
        outputs["logits"] = logits;
        if (loss is null) return outputs;
        outputs["loss"] = loss;
        if (!loss.requires_grad) return outputs;
        loss.backward();
        foreach (var (name, weight) in model.NamedWeights())
        {
            if (weight.Trains && weight.Value.grad is { } gradient) outputs[Gradient + name] = gradient;
        }

        return outputs;
    }

    private static IEnumerable<ParityRow> Compare(SafeTensorsFile golden, string prefix, string[] names, Dictionary<string, Tensor> outputs)
    {
        try
        {
            foreach (var name in names)
            {
                // A module that peft trains whole lies under one more name in its parameters.
                var key = name[prefix.Length..].Replace(".modules_to_save.", ".", StringComparison.Ordinal);
                using var expected = golden.Read(name, ScalarType.Float32);
                yield return outputs.TryGetValue(key, out var found) ? Compare(name, key, expected, found) : Missing(name);
            }
        }
        finally
        {
            foreach (var output in outputs.Values) output.Dispose();
        }
    }

    private static ParityRow Compare(string name, string key, Tensor expected, Tensor found)
    {
        using var scope = NewDisposeScope();
        // A scalar may be stored as [] or as [1].
        if (found.numel() != expected.numel() || (found.numel() > 1 && !found.shape.SequenceEqual(expected.shape)))
            return new ParityRow(name, double.PositiveInfinity, 0, 0, $"expected the shape [{string.Join(", ", expected.shape)}], found [{string.Join(", ", found.shape)}]");
        if (expected.numel() == 0) return new ParityRow(name, 0, 0, 0, null);
        var largest = (double)expected.abs().max().item<float>();
        var difference = (double)found.detach().reshape(expected.shape).sub(expected).abs().max().item<float>();
        return new ParityRow(name, difference, Tolerance(key, largest), largest, null);
    }

    // Double precision differs from the references by a tenth of these.
    private static double Tolerance(string key, double largest) =>
        Starts(key, "grad.") ? (2e-4 * largest) + 1e-6 : (1e-5 * largest) + 1e-5;

    private static ParityRow Missing(string name) => new(name, double.PositiveInfinity, 0, 0, "the model computes no such output");

    private static Bert Model(string folder, SafeTensorsFile golden, Batch batch)
    {
        // Labels are classes when they are integers, scores when they are not.
        var isRegression = batch.Labels is { } labels ? labels.dtype == ScalarType.Float32 : golden.Entries.TryGetValue("out.logits", out var logits) && logits.Shape is [_, 1];
        var outputs = golden.Entries.TryGetValue("out.logits", out var expected) && expected.Shape.Length == 2 ? (int)expected.Shape[1] : 0;
        return outputs == 0 ? AutoModel.Load(folder) : AutoModel.Load(folder, new HeadOptions(outputs, isRegression, IsFresh: false));
    }

    private static Batch Inputs(SafeTensorsFile golden, string path)
    {
        if (!golden.Entries.TryGetValue("in.input_ids", out var ids) || ids.Shape.Length != 2)
            throw new UsageException($"{path} has no 'in.input_ids' of the shape [batch, seq]; it needs the inputs beside the expected outputs.");
        foreach (var (name, entry) in golden.Entries)
        {
            var expected = name is "in.attention_mask" or "in.token_type_ids" ? ids.Shape : name is "in.labels" ? [ids.Shape[0]] : entry.Shape;
            if (!entry.Shape.SequenceEqual(expected))
                throw new UsageException($"{path}: '{name}' has the shape {entry.ShapeText}; expected [{string.Join(", ", expected)}], as 'in.input_ids' says.");
        }

        Tensor Get(string name, Func<Tensor> otherwise) => golden.Entries.ContainsKey(name) ? golden.Read(name, ScalarType.Int64) : otherwise();
        var labels = golden.Entries.TryGetValue("in.labels", out var given)
            ? golden.Read("in.labels", given.Dtype is ScalarType.Int64 or ScalarType.Int32 ? ScalarType.Int64 : ScalarType.Float32)
            : null;
        return new Batch(
            golden.Read("in.input_ids", ScalarType.Int64),
            Get("in.attention_mask", () => ones(ids.Shape, ScalarType.Int64)),
            Get("in.token_type_ids", () => zeros(ids.Shape, ScalarType.Int64)),
            labels);
    }

    // hidden.2 before hidden.10.
    private static string Natural(string name) => string.Join('.', name.Split('.').Select(part => part.All(char.IsAsciiDigit) ? part.PadLeft(6, '0') : part));

    private static bool Starts(string name, string prefix) => name.StartsWith(prefix, StringComparison.Ordinal);
}
