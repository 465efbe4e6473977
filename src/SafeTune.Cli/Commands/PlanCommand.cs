using System.CommandLine;
using SafeTune.Batching;
using SafeTune.Cli.Arguments;
using SafeTune.Cli.Output;
using SafeTune.Measurement;
using SafeTune.Models;
using SafeTune.Torch;
using SafeTune.Training;
using TorchSharp;

namespace SafeTune.Cli.Commands;

/// <summary><c>safetune plan</c>: what fine-tuning will take, from the configuration alone.</summary>
internal sealed class PlanCommand
{
    private readonly Option<string> model = Opt.Required("--model", $"A model folder, its config.json, or a name: {string.Join(", ", KnownModels.All.Keys)}.", "dir|name");
    private readonly Option<string> method = new("--method") { Description = $"{string.Join(", ", Planner.Supported)}.", HelpName = "name", DefaultValueFactory = _ => "lora+safe" };
    private readonly Option<int> batch = Opt.Integer("--batch", "Examples in a step.", 32);
    private readonly Option<int> seq = Opt.Integer("--seq", "Tokens an example; images have the configuration's size.", 128);
    private readonly Option<int> labels = Opt.Integer("--labels", "Classes of a new head; a model of a language family predicts tokens.", 2);
    private readonly Option<int?> prefix = Opt.OptionalInteger("--freeze-prefix", "Leading blocks whose adapters are frozen. Default: a line for every number of them.");
    private readonly Option<bool> checkpointing = Opt.Flag("--gradient-checkpointing", "Keep only the blocks' inputs for the backward pass and compute the rest again.");
    private readonly Option<string?> gpu = Opt.Text("--gpu", $"Says what fits on a card, and takes its peak as the speed: {string.Join(", ", Gpu.Known.Keys)}.", "name");
    private readonly Option<double?> gflops = Opt.OptionalNumber("--gflops", "Speed of matrix products in 10^9 operations a second, for the time. Default: the card's peak, or what this machine's processors do in a short test.");
    private readonly Option<bool> json = Opt.Flag("--json", "Print one JSON document.");
    private readonly DataOptions data = new();
    private readonly KernelArguments kernels = new();

    public static Command Make(Session session)
    {
        var options = new PlanCommand();
        var command = new Command("plan", "Predicts memory, compute and time of a training step for every number of frozen blocks, from the model's configuration alone: no weights are loaded.")
        {
            options.model, options.method, options.batch, options.seq, options.labels, options.prefix, options.checkpointing, options.gpu, options.gflops, options.data.Hub, options.json,
        }.WithExamples(
            "safetune plan --model bert-base --method lora+safe --batch 32 --seq 128",
            "safetune plan --model llama-2-7b --batch 4 --seq 512 --gradient-checkpointing --gpu a100-80gb",
            "safetune plan --model all-MiniLM-L6-v2 --freeze-prefix 3 --json");
        options.kernels.AddTo(command);
        command.SetAction(parsed => options.Run(session, parsed));
        return command;
    }

    private int Run(Session session, ParseResult parsed)
    {
        var card = Card(parsed.GetValue(gpu));
        var (config, head) = Architecture(parsed);
        var shape = Shape(parsed, config);
        var speed = parsed.GetValue(gflops) ?? (card is null ? TorchLibrary.GemmGflops() : card.Tflops * 1e3);
        if (speed <= 0) throw new UsageException($"--gflops is {speed}, and must be above 0.");
        using var planner = new Planner(config, head, parsed.GetRequiredValue(method), kernels: kernels.Read(parsed).On(card is null ? DeviceType.CPU : DeviceType.CUDA));
        var last = parsed.GetRequiredValue(method) == "full" ? 0 : planner.Blocks;
        int[] frozen = parsed.GetValue(prefix) is { } one ? [one] : [.. Enumerable.Range(0, last + 1)];
        PlannedState[] states = [.. frozen.Select(count => planner.Predict(count, shape, parsed.GetValue(checkpointing)))];
        double? Seconds(PlannedState state) => state.Flops.Total / (speed * 1e9);
        if (parsed.GetValue(json))
        {
            session.Output.WriteJson(new
            {
                model = parsed.GetRequiredValue(model), config.ModelType, planner.Blocks, method = parsed.GetRequiredValue(method), batch = shape.Size, seq = shape.Length,
                gradientCheckpointing = parsed.GetValue(checkpointing), gpu = card, gflops = speed,
                states = states.Select(state => new
                {
                    state.FrozenBlocks, state.TrainableParameters, state.WeightBytes, state.OptimizerBytes, state.ResidentBytes, state.ActivationBytes, state.PeakBytes, state.TotalBytes,
                    state.Flops, seconds = Seconds(state), fits = card?.Fits(state.TotalBytes),
                }),
            });
            return ExitCode.Fine;
        }

        session.Output.WriteLine($"{parsed.GetRequiredValue(model)} ({config.ModelType}, {planner.Blocks} blocks), {parsed.GetRequiredValue(method)}{(planner.Summary.Length > 0 ? $": {planner.Summary}" : "")}; {Words(shape)}");
        string[] header = ["frozen", "trains", "resident", "activations", "peak above", "total", "TFLOP", "seconds", .. card is null ? Array.Empty<string>() : [card.Name]];
        Table.Write(session, header, states.Select(state => (IReadOnlyList<string>)
        [
            FormattableString.Invariant($"{state.FrozenBlocks}"), FormattableString.Invariant($"{state.TrainableParameters}"), ByteSize.Words(state.ResidentBytes), ByteSize.Words(state.ActivationBytes),
            ByteSize.Words(state.PeakBytes), ByteSize.Words(state.TotalBytes), FormattableString.Invariant($"{state.Flops.Total / 1e12:G3}"), Seconds(state) is { } time ? FormattableString.Invariant($"{time:G3}") : "unknown",
            .. card is null ? Array.Empty<string>() : [card.Fits(state.TotalBytes) ? "fits" : "does not fit"],
        ]));
        session.Output.WriteLine(Notes(card, speed));
        return ExitCode.Fine;
    }

    private static string Notes(Gpu? card, double? speed)
    {
        var time = speed is null ? "" : FormattableString.Invariant($" Seconds are the matrix products' alone at {speed:F0} GFLOP/s: a step takes longer.");
        var room = card is null ? "" : $" {card.Name} has {ByteSize.Words(card.MemoryBytes)}, of which {ByteSize.Words(Gpu.ReservedBytes)} are left to CUDA.";
        return $"float32. Resident: weights and optimizer. Peak above: most held in a step beside them.{time}{room}";
    }

    private static Gpu? Card(string? name) => name is null ? null : Gpu.Known.TryGetValue(name, out var card)
        ? card
        : throw new UsageException($"The card '{name}' is not known; known: {string.Join(", ", Gpu.Known.Keys)}.{Nearest.Hint(name, Gpu.Known.Keys)}");

    private (ModelConfig Config, HeadOptions Head) Architecture(ParseResult parsed)
    {
        var name = parsed.GetRequiredValue(model);
        var config = KnownModels.All.TryGetValue(name, out var known) ? known : AutoModel.Configuration(Folder(parsed, name));
        var classes = parsed.GetValue(labels);
        if (classes < 1) throw new UsageException($"--labels is {classes}, and must be at least 1.");
        return (config, config.Architectures.Any(architecture => architecture.Task == Data.TaskKind.Classification) ? HeadOptions.Classes(classes) : HeadOptions.NextToken());
    }

    private string Folder(ParseResult parsed, string name)
    {
        if (Path.GetFileName(name) == "config.json" && File.Exists(name)) return Path.GetDirectoryName(Path.GetFullPath(name))!;
        var folder = data.Model(parsed, name);
        return Directory.Exists(folder)
            ? folder
            : throw new UsageException($"The model '{name}' is neither a folder nor known by name; known: {string.Join(", ", KnownModels.All.Keys)}.{Nearest.Hint(name, KnownModels.All.Keys)}");
    }

    private InputShape Shape(ParseResult parsed, ModelConfig config)
    {
        var (size, length) = (parsed.GetValue(batch), parsed.GetValue(seq));
        if (size < 1) throw new UsageException($"--batch is {size}, and must be at least 1.");
        if (config.ImageSide is { } side) return new InputShape(size, 0, side, side);
        if (length < 1 || length > config.MaxTokens) throw new UsageException($"--seq is {length}, and must be from 1 to the model's {config.MaxTokens} tokens.");
        return new InputShape(size, length);
    }

    private static string Words(InputShape shape) => shape.Height > 0
        ? FormattableString.Invariant($"{shape.Size} images of {shape.Height} × {shape.Width} a step")
        : FormattableString.Invariant($"{shape.Size} examples of {shape.Length} tokens a step");
}
