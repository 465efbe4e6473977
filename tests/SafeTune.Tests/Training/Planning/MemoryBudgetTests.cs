using System.Globalization;
using System.Text.RegularExpressions;
using SafeTune.Measurement;
using SafeTune.Tests.Cli;
using SafeTune.Tests.Data;
using SafeTune.Training;
using Xunit.Abstractions;
using static TorchSharp.torch;

namespace SafeTune.Tests.Training.Planning;

public sealed class MemoryBudgetTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData("bert", "lora+safe")]
    [InlineData("gpt2", "lora")]
    [InlineData("vit", "houlsby+safe")]
    [InlineData("roberta", "full")]
    public void A_run_stays_within_its_budget_also_when_it_is_resumed(string type, string method)
    {
        using var family = new TinyFamily(type);
        var job = Job(family, method);
        var plain = Run(job, out _).Predicted;
        foreach (var budget in new[] { plain, plain * 2 / 3, Smallest(job) })
        {
            using var folder = new TemporaryFolder();
            var limited = job with { MemoryBudget = budget, RunFolder = folder.Path };
            var (_, first) = Run(limited, out var interrupted, stopAfter: 5);
            var (_, second) = Run(limited, out var finished);
            output.WriteLine($"{type} {method} within {budget}: held {first}, resumed {second}; {finished.Training}");
            Assert.Equal(interrupted.Training, finished.Training);
            Assert.InRange(first, 1, budget);
            Assert.InRange(second, 1, budget);
        }
    }

    [Fact]
    public void A_run_without_a_budget_holds_more_than_the_smallest_one()
    {
        using var family = new TinyFamily("bert");
        var job = Job(family, "lora");
        Assert.InRange(Run(job, out _).Held, Smallest(job) + 1, long.MaxValue);
    }

    [Fact]
    public void What_changes_least_is_chosen_first()
    {
        using var family = new TinyFamily("bert", layers: 12);
        var job = Job(family, "lora");
        var plain = Run(job, out _).Predicted;
        var smallest = Smallest(job);
        (int Frozen, bool Recomputes, int Parts) Chosen(long budget)
        {
            using var tuner = new FineTuner(job with { MemoryBudget = budget });
            var chosen = tuner.Job.Training;
            return (chosen.FrozenBlocks, chosen.GradientCheckpointing, 16 / (chosen.MicroBatchSize ?? 16));
        }

        Assert.Equal((0, false, 1), Chosen(plain));
        Assert.Equal((0, false, 2), Chosen(plain - 1));
        const int budgets = 7;
        var falling = Enumerable.Range(0, budgets + 1).Select(i => Chosen((long)Math.Ceiling(plain * Math.Pow((double)smallest / plain, (double)i / budgets)))).ToArray();
        Assert.Equal(falling.Order(), falling);
        Assert.Contains(falling, choice => choice is { Recomputes: true, Frozen: 0 });
    }

    [Fact]
    public void The_command_refuses_what_cannot_be_kept_and_names_what_can()
    {
        using var model = new TinyModel();
        using var folder = new TemporaryFolder();
        var data = folder.File("data.csv", "text,label\nred cat,a\nblue dog,b\ngreen bird,a\n");
        var outcome = CommandLine.Run("train", "--model", model.Folder, "--data", data, "--memory-budget", "10kB", "--output", Path.Combine(folder.Path, "adapter"));
        Assert.Equal(2, outcome.Code);
        Assert.Contains("smallest that would do", outcome.Error, StringComparison.Ordinal);
    }

    private static long Smallest(FineTuneJob job)
    {
        var refused = Assert.Throws<UsageException>(() => new FineTuner(job with { MemoryBudget = 1000 }));
        return long.Parse(Regex.Match(refused.Message, @"would do is (\d+) bytes").Groups[1].Value, CultureInfo.InvariantCulture);
    }

    // With the most that was held at any moment, from before the model is loaded.
    private static (long Predicted, long Held) Run(FineTuneJob job, out FineTuneJob chosen, int? stopAfter = null)
    {
        using var meter = MemoryMeter.TryStart(CPU, out var whyNot) ?? throw new InvalidOperationException(whyNot);
        using var stop = new CancellationTokenSource();
        using var tuner = new FineTuner(job, new Recorder { OnStep = step => { if (step == stopAfter) stop.Cancel(); } });
        chosen = tuner.Job;
        if (stopAfter is null) tuner.Run(stop.Token);
        else Assert.Throws<OperationCanceledException>(() => tuner.Run(stop.Token));
        return (tuner.PredictedBytes!.Value, meter.PeakBytes);
    }

    private static FineTuneJob Job(TinyFamily family, string method) => new()
    {
        ModelFolder = family.Folder,
        Method = method,
        Train = family.Task(64),
        Validation = family.Task(40, seed: 2),
        Training = new TrainingOptions { Epochs = 2, BatchSize = 16, MaxLength = 32 },
        Safe = new() { ProbesPerEpoch = 2 },
    };
}
