using System.CommandLine;
using SafeTune.Cli.Arguments;
using SafeTune.Cli.Output;
using SafeTune.Training;
using static TorchSharp.torch;

namespace SafeTune.Cli.Commands;

/// <summary><c>safetune bench step</c>: what one training step takes on this machine.</summary>
internal static class BenchCommand
{
    public static Command Make(Session session)
    {
        var step = Step(session);
        return new Command("bench", "Measures this machine.") { step }.WithExamples("safetune bench step --model mini --batch 32 --seq 128 --freeze-prefix 5 --json");
    }

    private static Command Step(Session session)
    {
        var plain = new StepBenchmarkOptions();
        var model = new Option<string>("--model") { Description = $"Size of the model: {string.Join(", ", StepBenchmark.Sizes.Keys)}.", DefaultValueFactory = _ => plain.Model, HelpName = "size" };
        var batch = Opt.Integer("--batch", "Examples in a step.", plain.Batch);
        var seq = Opt.Integer("--seq", "Tokens an example.", plain.Seq);
        var prefix = Opt.Integer("--freeze-prefix", "Leading blocks whose adapters are frozen.", plain.FreezePrefix);
        var steps = Opt.Integer("--steps", "Timed steps.", plain.Steps);
        var warmup = Opt.Integer("--warmup", "Untimed steps before them.", plain.Warmup);
        var threads = Opt.OptionalInteger("--threads", "Threads that torch uses. Default: all processors.");
        var json = Opt.Flag("--json", "Print one line of JSON.");
        var checkpointing = Opt.Flag("--gradient-checkpointing", "Keep only the blocks' inputs and compute the rest again.");
        var parts = Opt.Integer("--accumulate", "Parts of the batch, one after the other, before the weights are updated.", plain.Parts);
        var (kernels, cache, dtype, device) = (new KernelArguments(), new PrefixCacheArguments(), new DtypeArgument(), new DeviceArgument());
        var command = new Command("step", "Times a training step of BERT with LoRA r=4 on query and value: random weights and tokens, dropout 0.1, a two-class head, AdamW.")
        {
            model, batch, seq, prefix, steps, warmup, threads, checkpointing, parts, json,
        }.WithExamples(
            "safetune bench step --model mini --batch 32 --seq 128 --threads 2 --json",
            "safetune bench step --model base --batch 16 --seq 256 --freeze-prefix 6 --steps 10 --warmup 3");
        kernels.AddTo(command);
        cache.AddTo(command);
        dtype.AddTo(command);
        device.AddTo(command);
        command.SetAction(parsed =>
        {
            Threads.Use(parsed.GetValue(threads));
            var result = StepBenchmark.Run(new StepBenchmarkOptions(
                parsed.GetRequiredValue(model), parsed.GetValue(batch), parsed.GetValue(seq), parsed.GetValue(prefix), parsed.GetValue(steps), parsed.GetValue(warmup))
            {
                Kernels = kernels.Read(parsed),
                PrefixCache = cache.Read(parsed),
                Dtype = dtype.Read(parsed),
                Recomputes = parsed.GetValue(checkpointing),
                Parts = parsed.GetValue(parts),
                Device = device.Read(parsed),
            });
            if (parsed.GetValue(json)) session.Output.WriteJson(Rounded(result), onOneLine: true);
            else Print(session, result);
            return ExitCode.Fine;
        });
        return command;
    }

    private static StepBenchmarkResult Rounded(StepBenchmarkResult r) => r with
    {
        StepS = Math.Round(r.StepS, 4),
        MinS = Math.Round(r.MinS, 4),
        ForwardS = Math.Round(r.ForwardS, 4),
        BackwardS = Math.Round(r.BackwardS, 4),
        Gflops = Math.Round(r.Gflops, 1),
        GemmPeakGflops = Math.Round(r.GemmPeakGflops, 1),
    };

    private static void Print(Session session, StepBenchmarkResult r) => Table.Write(session, ["measure", "value"],
    [
        ["model", FormattableString.Invariant($"{r.Model}, batch {r.Batch}, {r.Seq} tokens, {r.FreezePrefix} blocks frozen, {r.Threads} threads")],
        ["torch", $"{r.Torch}, {r.Blas ?? "unknown BLAS"}"],
        ["operators", $"{(r.Kernels is null ? "composed" : $"kernels ({r.Kernels})")}, {r.Attention} attention"],
        ["step", FormattableString.Invariant($"{r.StepS:F4} s (fastest {r.MinS:F4} s): forward {r.ForwardS:F4} s, backward {r.BackwardS:F4} s")],
        ["activations", Figures.Bytes(r.ActivationBytes) ?? r.MemoryReason!],
        ["peak of a step", Figures.Bytes(r.PeakBytes) ?? "unknown"],
        ["prefix cache", r.PrefixCacheBytes == 0 ? "off" : Figures.Bytes(r.PrefixCacheBytes)!],
        ["weights and optimizer", Figures.Bytes(r.ResidentBytes) ?? "unknown"],
        ["speed", FormattableString.Invariant($"{r.Gflops:F1} GFLOP/s of {r.GemmPeakGflops:F1} in a matrix product")],
    ]);
}
