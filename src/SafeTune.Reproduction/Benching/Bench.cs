using System.Globalization;
using SafeTune.Models;
using SafeTune.Reproduction.Cells;
using SafeTune.Reproduction.Results;
using SafeTune.Reproduction.Running;
using SafeTune.Training;
using TorchSharp;

namespace SafeTune.Reproduction.Benching;

/// <summary>Times training steps beside a peer's and writes results/bench/step.csv, on a GPU step-&lt;its name&gt;.csv; on a CPU also <see cref="KernelLosses"/>.</summary>
public static class Bench
{
    private const int Steps = 3;

    /// <summary>Runs every case in turn, and on the CPU all of them again, so that what else the machine does falls on all alike.</summary>
    /// <param name="root">The repository.</param>
    /// <param name="output">Told how far it has come.</param>
    public static void Run(string root, TextWriter output)
    {
        ArgumentNullException.ThrowIfNull(output);
        string? gpu = CellRunner.Gpu(Lanes.Machine(threads: null));
        torch.Device device = gpu is null ? torch.CPU : torch.CUDA;
        IReadOnlyList<StepCase> cases = gpu is null ? StepCase.OnCpu : StepCase.OnGpu;
        int threads = torch.get_num_threads(), rounds = gpu is null ? 2 : 1;
        string name = TablePlan.FolderOf("step", gpu) + ".csv", file = Path.Combine(root, "results", "bench", name);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        var ours = cases.ToDictionary(@case => @case, _ => new List<StepBenchmarkResult>());
        // On the CPU one peer serves all cases that differ in nothing but our own choices, and long sequences are beyond its positions.
        StepCase Peer(StepCase @case) => @case with { Kernels = gpu is null ? KernelOptions.Composed : @case.Kernels, CachesPrefix = false };
        StepCase[] peers = [.. cases.Where(@case => gpu is not null || @case.Seq <= 512).Select(Peer).Concat(cases.Where(@case => @case.CachesPrefix).Select(@case => Peer(@case) with { FreezePrefix = 0 })).Distinct()];
        var theirs = peers.ToDictionary(@case => @case, _ => new List<PeerStep>());
        for (int round = 1; round <= rounds; round++)
        {
            foreach (StepCase @case in cases)
            {
                output.WriteLine($"round {round} of {rounds}: {Words(@case)}");
                ours[@case].Add(StepBenchmark.Run(new StepBenchmarkOptions(@case.Model, @case.Batch, @case.Seq, @case.FreezePrefix, Steps, Warmup: 1)
                {
                    Device = device, Kernels = @case.Kernels, PrefixCache = @case.CachesPrefix ? new PrefixCacheOptions() : null,
                }));
                if (gpu is null && theirs.TryGetValue(Peer(@case), out List<PeerStep>? found) && found.Count < round && PeerStep.OnCpu(root, Peer(@case), threads, Steps, output) is { } peer)
                    found.Add(peer);
            }

            if (gpu is not null)
            {
                output.WriteLine($"round {round} of {rounds}: transformers and peft");
                foreach (var (@case, peer) in peers.Zip(PeerStep.OnGpu(root, peers, Steps, output)))
                    theirs[@case].Add(peer);
            }

            // After each round, so that whoever ends it early has the rounds before.
            StepRow[] rows = [.. cases.Select(@case => Row(@case, ours[@case], Best(theirs, Peer(@case)), Best(theirs, Peer(@case) with { FreezePrefix = 0 })))];
            CsvFile.Write(file, rows);
            foreach (StepRow row in rows)
                output.WriteLine(Words(row));
            output.WriteLine($"Written to results/bench/{name}.");
        }

        if (gpu is null)
            KernelLosses.Run(root, output);
    }

    private static PeerStep? Best(Dictionary<StepCase, List<PeerStep>> all, StepCase @case) => all.TryGetValue(@case, out List<PeerStep>? found) ? found.MinBy(step => step.Seconds) : null;

    private static StepRow Row(StepCase @case, List<StepBenchmarkResult> runs, PeerStep? peer, PeerStep? unfrozen)
    {
        StepBenchmarkResult best = runs.MinBy(run => run.MinS)!;
        // The product's speed is the best of all rounds: a disturbed one would flatter the step.
        double peak = runs.Max(run => run.GemmPeakGflops), operations = best.Gflops * best.StepS;
        return new StepRow
        {
            Model = @case.Model,
            Batch = @case.Batch,
            Seq = @case.Seq,
            FreezePrefix = @case.FreezePrefix,
            Kernels = best.Kernels ?? "off",
            Attention = best.Attention,
            CachePrefix = @case.CachesPrefix ? "ram" : "off",
            Torch = best.Torch,
            Blas = best.Blas,
            Threads = best.Threads,
            StepSeconds = Math.Round(best.MinS, 4),
            ShareOfGemm = @case.CachesPrefix ? null : Math.Round(operations / best.MinS / peak, 3),
            ActivationBytes = best.ActivationBytes,
            PeakBytes = best.PeakBytes,
            Peer = peer?.Torch,
            PeerSeconds = peer?.Seconds,
            PeerActivationBytes = peer?.ActivationBytes,
            PeerPeakBytes = peer?.PeakBytes,
            TimeRatio = Ratio(best.MinS, peer?.Seconds),
            TimeRatioUnfrozen = Ratio(best.MinS, unfrozen?.Seconds),
            ActivationRatio = Ratio(best.ActivationBytes, peer?.ActivationBytes),
            PeakRatio = Ratio(best.PeakBytes, peer?.PeakBytes),
        };
    }

    private static double? Ratio(double? ours, double? theirs) => ours / theirs is { } ratio ? Math.Round(ratio, 3) : null;

    private static string Words(StepCase c) => string.Create(
        CultureInfo.InvariantCulture, $"{c.Model}, batch {c.Batch}, {c.Seq} tokens, {c.FreezePrefix} blocks frozen{(c.CachesPrefix ? " and kept" : "")}, kernels {(c.Kernels.Fused ? "on" : "off")}");

    private static string Words(StepRow r) => string.Create(
        CultureInfo.InvariantCulture,
        $"{r.Model} b{r.Batch} s{r.Seq} prefix {r.FreezePrefix}, kernels {r.Kernels}, {r.Attention} attention, cache {r.CachePrefix}: {r.StepSeconds:F3} s, {r.ShareOfGemm:P0} of a product's speed, {r.ActivationBytes / 1e6:F0} MB; of the peer's: time {r.TimeRatio:F2} ({r.TimeRatioUnfrozen:F2} of its unfrozen), activations {r.ActivationRatio:F2}");
}
