using SafeTune.Data;
using SafeTune.Models;
using SafeTune.Reproduction.Reports.Charts;
using SafeTune.Reproduction.Results;
using SafeTune.Reproduction.World;
using SafeTune.Training;
using TorchSharp;

namespace SafeTune.Reproduction.Benching;

/// <summary>Whether a training with kernels is the training without: other dropout numbers and rounding must move its losses no more than another seed does.</summary>
internal static class KernelLosses
{
    private const int Rows = 960, BatchSize = 32, Epochs = 10, Stretch = 10;

    /// <summary>Trains BERT with LoRA for 300 steps with kernels, without, and without on another seed; writes the losses as a table and a figure.</summary>
    /// <param name="root">The repository.</param>
    /// <param name="output">Told what it does.</param>
    public static void Run(string root, TextWriter output)
    {
        Hub hub = WorldHub.Of(root, "world-bert", option: null, output);
        Dataset data = Glue.Load(Path.Combine(hub.DatasetsFolder, "glue"), Glue.Find("mrpc"), "train");
        var job = new FineTuneJob
        {
            ModelFolder = hub.ModelFolder!,
            Method = "lora",
            Train = data.Pick([.. Enumerable.Range(0, Rows)]),
            Training = new TrainingOptions { Epochs = Epochs, BatchSize = BatchSize, MaxLength = 40, LearningRate = 3e-3 },
            Device = torch.CPU,
        };
        output.WriteLine("losses with kernels, without, and without on another seed");
        IReadOnlyList<LossRow> on = Train(job, KernelOptions.All, 1), off = Train(job, KernelOptions.Composed, 1), other = Train(job, KernelOptions.Composed, 2);
        string folder = Path.Combine(root, "results", "bench");
        CsvFile.Write(Path.Combine(folder, "kernel-losses.csv"), [.. on, .. off, .. other]);
        Chart chart = LossChart.Of("kernel-losses", on, off, other);
        AtomicFile.WriteAllText(Path.Combine(folder, chart.Name + ".svg"), Svg.File(chart));
        output.WriteLine($"{chart.Description} Written to results/bench/kernel-losses.csv and .svg.");
    }

    /// <summary>Mean distance of two trainings' losses, stretch by stretch.</summary>
    public static double Distance(IReadOnlyList<LossRow> one, IReadOnlyList<LossRow> other) => one.Zip(other, (a, b) => Math.Abs(a.Loss - b.Loss)).Average();

    private static IReadOnlyList<LossRow> Train(FineTuneJob job, KernelOptions kernels, int seed)
    {
        var losses = new Losses();
        using (var tuner = new FineTuner(job with { Kernels = kernels, Training = job.Training with { Seed = seed } }, losses))
            tuner.Run();
        return [.. losses.Steps.Chunk(Stretch).Select(stretch => new LossRow
        {
            Kernels = kernels.Fused ? "on" : "off", Seed = seed, Step = stretch[^1].Step, Loss = Math.Round(stretch.Average(step => step.Loss), 6),
        })];
    }

    private sealed class Losses : ITrainingListener
    {
        public List<StepInfo> Steps { get; } = [];

        public void Started(string configuration, string parameters)
        {
        }

        public void Step(StepInfo step) => Steps.Add(step);

        public void Probed(ProbeInfo probe)
        {
        }

        public void Froze(FreezeEvent freeze)
        {
        }

        public void Evaluated(int epoch, IReadOnlyDictionary<string, double> scores)
        {
        }

        public void Note(string sentence)
        {
        }
    }
}
