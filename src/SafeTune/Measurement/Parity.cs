using SafeTune.Adapters;
using SafeTune.Batching;
using SafeTune.Checkpoints;
using SafeTune.Data;
using SafeTune.Kernels;
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

    // Images of another size than the model's, whose outputs are under the same prefix.
    private const string LargerImages = "interpolate.pixel_values";

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
        using var model = AutoModel.Load(folder);
        model.Train(false);

        // Nothing trains in the bare model; with the adapter, it and the head do, as in peft.
        foreach (var (_, weight) in model.NamedWeights()) weight.Trains = false;
        string[] Of(string prefix) => [.. names.Where(name => Starts(name, prefix) && name != LargerImages)];
        var rows = Compare(golden, "out.", Of("out."), Outputs(model, batch)).ToList();
        if (golden.Entries.ContainsKey(LargerImages))
        {
            using var larger = new ImageBatch(golden.Read(LargerImages, ScalarType.Float32), Labels: null);
            rows.AddRange(Compare(golden, "interpolate.", Of("interpolate."), Outputs(model, larger)));
        }

        if (Of("lora.").Length > 0)
        {
            PeftFolder.Load(Path.Combine(folder, "adapter"), model);
            model.Train(false);
            rows.AddRange(Compare(golden, "lora.", Of("lora."), Outputs(model, batch)));
        }

        rows.AddRange(names.Where(name => name != LargerImages && rows.TrueForAll(row => row.Name != name)).Select(Missing));
        return rows;
    }

    // The caller's dictionary owns the tensors.
    private static Dictionary<string, Tensor> Outputs(Transformer model, Batch batch)
    {
        var outputs = new Dictionary<string, Tensor>();
        var pass = new ForwardPass(model);
        using var context = model.Context(batch);
        var hidden = pass.Embed(batch);
        outputs["hidden.0"] = hidden;
        var reported = 0;
        for (var i = 0; i < model.Blocks.Count; i++)
        {
            outputs[$"block.{i}"] = hidden = pass.Block(i, hidden, context);
            if (model.Reported(i, hidden) is { } state) outputs[$"hidden.{++reported}"] = state;
        }

        var (logits, loss) = model.Head(hidden, batch);
        outputs["logits"] = logits;
        if (model.HeadOptions.Task == TaskKind.QuestionAnswering) (outputs["start_logits"], outputs["end_logits"]) = (logits.select(-1, 0), logits.select(-1, 1));
        if (loss is null) return outputs;
        outputs["loss"] = loss;
        if (!loss.requires_grad) return outputs;
        loss.Backward();
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

    private static Batch Inputs(SafeTensorsFile golden, string path)
    {
        if (golden.Entries.ContainsKey("in.pixel_values")) return new ImageBatch(golden.Read("in.pixel_values", ScalarType.Float32), Labels(golden));
        if (!golden.Entries.TryGetValue("in.input_ids", out var ids) || ids.Shape.Length != 2)
            throw new UsageException($"{path} has no 'in.input_ids' of the shape [batch, seq] and no 'in.pixel_values'; it needs the inputs beside the expected outputs.");
        foreach (var (name, entry) in golden.Entries)
        {
            // Labels are one an example or one a token.
            var expected = name is "in.attention_mask" or "in.token_type_ids" || (name is "in.labels" && entry.Shape.Length == 2) ? ids.Shape
                : name is "in.labels" or "in.start_positions" or "in.end_positions" ? [ids.Shape[0]] : entry.Shape;
            if (!entry.Shape.SequenceEqual(expected))
                throw new UsageException($"{path}: '{name}' has the shape {entry.ShapeText}; expected [{string.Join(", ", expected)}], as 'in.input_ids' says.");
        }

        Tensor Get(string name, Func<Tensor> otherwise) => golden.Entries.ContainsKey(name) ? golden.Read(name, ScalarType.Int64) : otherwise();
        return new TextBatch(
            golden.Read("in.input_ids", ScalarType.Int64),
            Get("in.attention_mask", () => ones(ids.Shape, ScalarType.Int64)),
            Get("in.token_type_ids", () => zeros(ids.Shape, ScalarType.Int64)),
            Labels(golden));
    }

    private static Tensor? Labels(SafeTensorsFile golden)
    {
        // Classes and tokens are integers, scores are not.
        if (golden.Entries.TryGetValue("in.labels", out var given))
            return golden.Read("in.labels", given.Dtype is ScalarType.Int64 or ScalarType.Int32 ? ScalarType.Int64 : ScalarType.Float32);
        if (!golden.Entries.ContainsKey("in.start_positions") || !golden.Entries.ContainsKey("in.end_positions")) return null;
        using var starts = golden.Read("in.start_positions", ScalarType.Int64);
        using var ends = golden.Read("in.end_positions", ScalarType.Int64);
        return stack([starts, ends], 1);
    }

    // hidden.2 before hidden.10.
    private static string Natural(string name) => string.Join('.', name.Split('.').Select(part => part.All(char.IsAsciiDigit) ? part.PadLeft(6, '0') : part));

    private static bool Starts(string name, string prefix) => name.StartsWith(prefix, StringComparison.Ordinal);
}
