using System.Globalization;
using SafeTune.Measurement;
using SafeTune.Models;
using SafeTune.Reproduction;
using SafeTune.Reproduction.Cells;
using SafeTune.Reproduction.Running;
using SafeTune.Training;

namespace SafeTune.Tests.Reproduction;

/// <summary>A repository in a temporary folder, with a hub of a few invented rows, an experiment file, and a runner that answers at once.</summary>
internal sealed class Workshop : IDisposable
{
    public const string Yaml = """
        title: Two methods on two tasks
        model: big
        rows: [lora, lora+zhang, lora+safe]
        columns:
          cola: { metric: matthews, learning_rate: 1e-4, batch_size: 8, epochs: 4, published: cola_mcc }
          mrpc: { metric: f1, learning_rate: 3e-4, batch_size: 8, epochs: 4, published: mrpc_f1 }
        seeds: [1, 2]
        training: { max_length: 32 }
        published: { file: published/numbers.csv, memory: memory_gb, compute: compute_tflops, resources_of: mrpc }
        bands: { score: { absolute: 1.0 }, memory_after_bytes: exact }
        thresholds: { share: 0.6 }
        not_reproducible: [The paper says two things.]
        claims:
          - "SAFE needs at most {share} of LoRA's memory": safe.memory_after_bytes <= share * lora.memory_after_bytes
          - "SAFE costs at most half a point": "safe.value >= lora.value - 0.5, on average over columns"
        scales:
          mini:
            model: small
            seeds: [1]
            columns: { mrpc: { learning_rate: 1e-3, epochs: 2 } }
            thresholds: { share: 0.8 }
        """;

    public Workshop(string yaml = Yaml)
    {
        Root = Directory.CreateTempSubdirectory("safetune-").FullName;
        Put("experiments/demo.yaml", yaml);
        Put("experiments/published/numbers.csv", "method,cola_mcc,mrpc_f1,memory_gb,compute_tflops\nlora,65.24,87.90,20.35,46698\nlora+zhang,,,11.20,35415\nlora+safe,65.26,88.84,12.11,30285\n");
        foreach (string model in (string[])["small", "big"])
        {
            Put($"hub/models/{model}/config.json", $$"""{ "model_type": "bert", "name": "{{model}}" }""");
            Put($"hub/models/{model}/vocab.txt", "[PAD]\n[UNK]\n");
            Put($"hub/models/{model}/model.safetensors", $"weights of {model}");
        }
        Put("hub/datasets/glue/CoLA/train.tsv", Lines("gj04\t1\t\tThe sentence number {0}."));
        Put("hub/datasets/glue/CoLA/dev.tsv", Lines("gj04\t0\t*\tThe dev sentence {0}."));
        const string header = "Quality\t#1 ID\t#2 ID\t#1 String\t#2 String\n";
        Put("hub/datasets/glue/MRPC/train.tsv", header + Lines("1\t1\t2\tOne {0}.\tTwo {0}."));
        Put("hub/datasets/glue/MRPC/dev.tsv", header + Lines("0\t1\t2\tThree {0}.\tFour {0}."));
    }

    public string Root { get; }
    public string Hub => Path.Combine(Root, "hub");
    public string Experiment => Path.Combine(Root, "experiments", "demo.yaml");
    public string Runs => Path.Combine(Root, "artifacts", "runs");
    public StringWriter Output { get; } = new(CultureInfo.InvariantCulture);
    public Runner Trainer { get; } = new();
    public Selection Select => new() { Hub = Hub, Scale = "mini" };

    public static RunEnvironment Machine { get; } = new("a processor", "1.13.1", "10.0.1", "abc1234", false, "standin", "OpenBLAS", 2, "Debian", "a processor");

    public int Run(Selection? selection = null, RunEnvironment? machine = null, CancellationToken stop = default) =>
        Reproduce.Run(Experiment, selection ?? Select, Trainer, () => machine ?? Machine, Output, stop);

    public string Read(string path) => File.ReadAllText(Path.Combine(Root, path));

    public void Put(string path, string text)
    {
        string file = Path.Combine(Root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);

    private static string Lines(string pattern) => string.Concat(Enumerable.Range(1, 6).Select(i => string.Format(CultureInfo.InvariantCulture, pattern, i) + "\n"));
}

/// <summary>Answers with a report that depends on the cell alone.</summary>
internal sealed class Runner : ICellRunner
{
    public List<string> Ran { get; } = [];
    public Func<Cell, RunReport?> Answer { get; set; } = _ => null;

    public RunReport Run(Cell cell, ITrainingListener listener, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        Ran.Add(cell.Key.ToString());
        return Answer(cell) ?? Report(cell);
    }

    public static RunReport Report(Cell cell)
    {
        bool safe = cell.Key.Method == "lora+safe";
        double score = 0.8 + (0.01 * cell.Key.Seed) - (safe ? 0.001 : 0);
        return new RunReport
        {
            Scores = new Dictionary<string, double> { [cell.Column.Metric] = score, ["accuracy"] = score - 0.1 },
            EpochLosses = [0.6, 0.4],
            Steps = 10,
            TrainableParameters = 1000,
            TotalParameters = 100000,
            FrozenFraction = safe ? 0.5 : 0,
            LowestTrainableLayer = safe ? 1 : 0,
            ResidentBytes = 2_000_000,
            MemoryBeforeBytes = 10_000_000,
            MemoryAfterBytes = safe ? 7_000_000 : 10_000_000,
            MemoryMeanBytes = safe ? 8_000_000.5 : 10_000_000,
            ActivationBytes = 6_000_000,
            MemoryReason = null,
            Flops = new Flops(100, safe ? 60 : 100, 50),
            Probes = [new(1, 1, [0.01, 0.5], 0, false), new(2, 2, [0.012, 0.6], safe ? 0.3 : 0, safe)],
            Freezes = safe ? [new(0, 2, 10, 0.012, 0.3, 4096, 8192, 1_000_000, 999_000)] : [],
            WarmUpEnd = safe ? 2 : null,
            TauFinal = safe ? 0.3 : null,
            TrainSeconds = safe ? 8 : 10,
            ProbeSeconds = safe ? 0.5 : 0,
            EvalSeconds = 1,
            ProcessPeakBytes = 50_000_000,
            PredictedPeakBytes = 12_100_000,
            TrainRows = cell.Data.Train.Examples.Count,
            EvaluationRows = cell.Data.Evaluation.Examples.Count,
        };
    }
}
