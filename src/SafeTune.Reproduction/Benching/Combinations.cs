using System.Globalization;
using SafeTune.Models;
using SafeTune.Reproduction.Cells;
using SafeTune.Reproduction.Results;
using SafeTune.Reproduction.Running;
using SafeTune.Training;
using TorchSharp;

namespace SafeTune.Reproduction.Benching;

/// <summary>The paper's open question whether SAFE goes together with lower precision, gradient checkpointing and gradient accumulation, as a table of what each saves and costs.</summary>
public static class Combinations
{
    // On a GPU a small model would show the host's speed alone.
    private static IEnumerable<StepBenchmarkOptions> Cases(string? gpu) =>
        from prefix in gpu is null ? new[] { 0, 3, 5 } : [0, 12, 23]
        from dtype in new[] { torch.ScalarType.Float32, torch.ScalarType.BFloat16 }
        from recomputes in new[] { false, true }
        from parts in new[] { 1, 4 }
        from kernels in new[] { KernelOptions.Composed, KernelOptions.All }
        where dtype == torch.ScalarType.Float32 || !kernels.Fused || gpu is not null
        select new StepBenchmarkOptions(gpu is null ? "mini" : "large", FreezePrefix: prefix, Steps: 2, Warmup: 1)
        {
            Dtype = dtype, Recomputes = recomputes, Parts = parts, Kernels = kernels, Device = gpu is null ? torch.CPU : torch.CUDA,
        };

    /// <summary>Measures every combination, on the CPU twice, in turn, and writes results/bench/combinations.csv, on a GPU combinations-&lt;its name&gt;.csv.</summary>
    public static void Run(string root, TextWriter output)
    {
        ArgumentNullException.ThrowIfNull(output);
        string? gpu = CellRunner.Gpu(Lanes.Machine(threads: null));
        int rounds = gpu is null ? 2 : 1;
        StepBenchmarkOptions[] cases = [.. Cases(gpu)];
        var runs = cases.Select(_ => new List<StepBenchmarkResult>()).ToArray();
        for (int round = 1; round <= rounds; round++)
        {
            for (int i = 0; i < cases.Length; i++)
            {
                runs[i].Add(StepBenchmark.Run(cases[i]));
                output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"round {round} of {rounds}, {i + 1} of {cases.Length}: {runs[i][^1].MinS:F3} s, peak {runs[i][^1].PeakBytes / 1e6:F0} MB"));
            }
        }

        StepBenchmarkResult[] best = [.. runs.Select(found => found.MinBy(run => run.MinS)!)];
        string name = TablePlan.FolderOf("combinations", gpu) + ".csv", file = Path.Combine(root, "results", "bench", name);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        CsvFile.Write(file, cases.Zip(best, (@case, run) => Row(@case, run, best[0])));
        output.WriteLine($"Written to results/bench/{name}.");
    }

    private static CombinationRow Row(StepBenchmarkOptions @case, StepBenchmarkResult run, StepBenchmarkResult first) => new()
    {
        Model = @case.Model,
        FreezePrefix = @case.FreezePrefix,
        Dtype = @case.Dtype == torch.ScalarType.Float32 ? "float32" : "bfloat16",
        GradientCheckpointing = @case.Recomputes ? "on" : "off",
        Accumulation = @case.Parts,
        Kernels = run.Kernels ?? "off",
        Attention = run.Attention,
        ResidentBytes = run.ResidentBytes,
        ActivationBytes = run.ActivationBytes,
        PeakBytes = run.PeakBytes,
        MemoryRatio = (double?)(run.ResidentBytes + run.PeakBytes) / (first.ResidentBytes + first.PeakBytes) is { } ratio ? Math.Round(ratio, 3) : null,
        TimeRatio = Math.Round(run.MinS / first.MinS, 3),
    };
}
