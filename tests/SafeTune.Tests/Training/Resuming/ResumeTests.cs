using SafeTune.Adapters;
using SafeTune.Checkpoints;
using SafeTune.Data;
using SafeTune.Models;
using SafeTune.Tests.Data;
using SafeTune.Training;
using Xunit;

namespace SafeTune.Tests.Training;

/// <summary>What an interrupted run leaves behind is used by the run that it belongs to, and by no other.</summary>
public sealed class ResumeTests : IDisposable
{
    private readonly TinyModel model = new();
    private readonly TemporaryFolder runs = new();

    public void Dispose()
    {
        model.Dispose();
        runs.Dispose();
    }

    public static TheoryData<string, string> Changes => new()
    {
        { "batch size", "batch_size was 16 and is 8" },
        { "micro-batches", "micro_batch_size was none and is 4" },
        { "seed", "seed was 1 and is 2" },
        { "length", "max_length was 32 and is 16" },
        { "method", "method was lora and is lora+safe" },
        { "rank", "adapter.rank was 4 and is 8" },
        { "data", "training data is another" },
        { "validation", "validation data is another" },
        { "classes", "label_names was" },
        { "weights", "model/model.safetensors is another" },
        { "tokenizer", "model/vocab.txt is another" },
        { "added tokens", "model/added_tokens.json is another" },
        { "configuration", "model/config.json is another" },
    };

    [Theory]
    [MemberData(nameof(Changes))]
    public void Checkpoints_of_other_settings_are_refused_by_name_and_kept(string change, string named)
    {
        Interrupt(Job(), after: 5);
        var before = Contents();

        var wrong = Assert.Throws<UsageException>(() => Run(Changed(change)));

        Assert.Contains(named, wrong.Message, StringComparison.Ordinal);
        Assert.Contains("up to step 5", wrong.Message, StringComparison.Ordinal);
        Assert.Equal(before, Contents());
    }

    [Theory]
    [InlineData("kernels")]
    [InlineData("gradient checkpointing")]
    [InlineData("deterministic")]
    [InlineData("seconds between checkpoints")]
    public void Settings_that_change_no_result_do_not_count(string change)
    {
        Interrupt(Job(), after: 5);
        var resumed = new Recorder();

        var report = Run(Changed(change), resumed);

        Assert.Equal(report.Steps - 5, resumed.Losses.Count);
    }

    [Fact]
    public void Checkpoints_of_other_settings_are_deleted_where_that_is_asked()
    {
        Interrupt(Job(), after: 5);
        var other = new Recorder();

        var report = Run(Changed("seed") with { DiscardsOtherCheckpoints = true }, other);

        Assert.Equal(report.Steps, other.Losses.Count);
        Assert.DoesNotContain(Contents().Keys, path => path.Contains("000000005", StringComparison.Ordinal));
    }

    [Fact]
    public void Where_others_may_be_deleted_a_runs_own_checkpoints_are_used()
    {
        Interrupt(Job(), after: 5);
        var resumed = new Recorder();

        var report = Run(Job() with { DiscardsOtherCheckpoints = true }, resumed);

        Assert.Equal(report.Steps - 5, resumed.Losses.Count);
    }

    [Fact]
    public void A_folder_in_which_a_training_runs_is_closed_to_a_second_one()
    {
        var refused = "";
        Run(Job(), new Recorder { OnStep = step => { if (step == 2) refused = Assert.Throws<UsageException>(() => Run(Job())).Message; } });

        Assert.Contains("Another training is under way", refused, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(runs.Path, "running.lock")));
    }

    [Theory]
    [InlineData("progress.json", "empty")]
    [InlineData("progress.json", "cut")]
    [InlineData("progress.json", "foreign")]
    [InlineData("tensors.safetensors", "empty")]
    [InlineData("tensors.safetensors", "cut")]
    [InlineData("tensors.safetensors", "one bit")]
    [InlineData("tensors.safetensors", "missing")]
    public void A_damaged_checkpoint_gives_way_to_the_one_before_it(string file, string damage)
    {
        var whole = new Recorder();
        Run(Job() with { RunFolder = null }, whole);
        Interrupt(Job(), after: 5);
        Spoil(Path.Combine(runs.Path, "checkpoints", "000000005", file), damage);
        var resumed = new Recorder();

        Run(Job(), resumed);

        Assert.Contains(resumed.Notes, note => note.Contains("000000005' is damaged", StringComparison.Ordinal));
        Assert.Contains(resumed.Notes, note => note.StartsWith("Resuming after step 4 ", StringComparison.Ordinal));
        Assert.Equal(whole.Losses[4..], resumed.Losses);
    }

    [Fact]
    public void With_every_checkpoint_damaged_the_training_begins_anew_and_says_so()
    {
        Interrupt(Job(), after: 5);
        foreach (var step in (string[])["000000004", "000000005"]) Spoil(Path.Combine(runs.Path, "checkpoints", step, "progress.json"), "cut");
        var begun = new Recorder();

        var report = Run(Job(), begun);

        Assert.Equal(report.Steps, begun.Losses.Count);
        Assert.Equal(2, begun.Notes.Count(note => note.Contains("is damaged", StringComparison.Ordinal)));
    }

    [Fact]
    public void Folders_of_other_names_beside_checkpoints_are_neither_read_nor_deleted()
    {
        Interrupt(Job(), after: 5);
        var mine = Directory.CreateDirectory(Path.Combine(runs.Path, "checkpoints", "zzz")).FullName;
        File.WriteAllText(Path.Combine(mine, "progress.json"), "{}");
        var resumed = new Recorder();

        Run(Job(), resumed);

        Assert.Contains(resumed.Notes, note => note.StartsWith("Resuming after step 5 ", StringComparison.Ordinal));
        Assert.True(File.Exists(Path.Combine(mine, "progress.json")));
    }

    [Fact]
    public void A_checkpoint_keeps_scores_that_are_undefined()
    {
        var job = Regression() with { Training = Job().Training with { Epochs = 2 }, RunFolder = runs.Path };
        Interrupt(job, after: 9);
        var resumed = new Recorder();

        var report = Run(job, resumed);

        Assert.Contains(resumed.Notes, note => note.StartsWith("Resuming after step 9 ", StringComparison.Ordinal));
        Assert.True(double.IsNaN(report.Scores["pearson"]));
    }

    [Fact]
    public void An_undefined_score_is_never_the_best()
    {
        var report = Run(Regression() with { Training = Job().Training with { Epochs = 5, EarlyStopPatience = 2 } });

        Assert.Equal(2, report.EpochLosses.Count);
    }

    private FineTuneJob Job() => new()
    {
        ModelFolder = model.Folder,
        Method = "lora",
        Adapter = new LoraOptions(),
        Train = TinyModel.Halves(128),
        Validation = TinyModel.Halves(32, seed: 2),
        Training = new TrainingOptions { Epochs = 1, BatchSize = 16, MaxLength = 32, LearningRate = 5e-3, CheckpointSeconds = 0 },
        RunFolder = runs.Path,
    };

    // The validation rows have one score, so that no correlation is defined.
    private FineTuneJob Regression() => Job() with
    {
        Adapter = null,
        RunFolder = null,
        Train = new Dataset("scores", "train", [.. TinyModel.Halves(128).Examples], null, 0),
        Validation = new Dataset("scores", "dev", [.. TinyModel.Halves(6).Examples.Select(example => example with { Label = 3 })], null, 0),
    };

    private FineTuneJob Changed(string change)
    {
        var job = Job();
        var t = job.Training;
        switch (change)
        {
            case "weights":
                using (var file = SafeTensorsFile.Open(Path.Combine(model.Folder, "model.safetensors")))
                    SafeTensors.Write(Path.Combine(model.Folder, "other"), [.. file.Entries.Keys.Select(name => (name, file.Read(name).mul(2)))]);
                File.Move(Path.Combine(model.Folder, "other"), Path.Combine(model.Folder, "model.safetensors"), overwrite: true);
                return job;
            case "tokenizer":
                File.WriteAllText(Path.Combine(model.Folder, "vocab.txt"), File.ReadAllText(Path.Combine(model.Folder, "vocab.txt")).Replace("red", "rad", StringComparison.Ordinal));
                return job;
            case "added tokens":
                File.WriteAllText(Path.Combine(model.Folder, "added_tokens.json"), "{}");
                return job;
            case "configuration":
                File.AppendAllText(Path.Combine(model.Folder, "config.json"), "\n");
                return job;
        }

        return change switch
        {
            "batch size" => job with { Training = t with { BatchSize = 8 } },
            "micro-batches" => job with { Training = t with { MicroBatchSize = 4 } },
            "seed" => job with { Training = t with { Seed = 2 } },
            "length" => job with { Training = t with { MaxLength = 16 } },
            "method" => job with { Method = "lora+safe" },
            "rank" => job with { Adapter = new LoraOptions(Rank: 8) },
            "data" => job with { Train = TinyModel.Halves(128, seed: 9) },
            "validation" => job with { Validation = TinyModel.Halves(32, seed: 9) },
            "classes" => job with { Train = job.Train with { LabelNames = ["one", "other"] }, Validation = null },
            "kernels" => job with { Kernels = KernelOptions.Composed },
            "gradient checkpointing" => job with { Training = t with { GradientCheckpointing = true } },
            "deterministic" => job with { Training = t with { Deterministic = true } },
            "seconds between checkpoints" => job with { Training = t with { CheckpointSeconds = 60 } },
            _ => throw new ArgumentOutOfRangeException(nameof(change)),
        };
    }

    private static void Interrupt(FineTuneJob job, int after)
    {
        using var stop = new CancellationTokenSource();
        using var tuner = new FineTuner(job, new Recorder { OnStep = step => { if (step == after) stop.Cancel(); } });
        Assert.Throws<OperationCanceledException>(() => tuner.Run(stop.Token));
    }

    private static RunReport Run(FineTuneJob job, Recorder? recorder = null)
    {
        using var tuner = new FineTuner(job, recorder);
        return tuner.Run();
    }

    private static void Spoil(string path, string damage)
    {
        var bytes = File.ReadAllBytes(path);
        switch (damage)
        {
            case "missing": File.Delete(path); return;
            case "empty": bytes = []; break;
            case "cut": bytes = bytes[..(bytes.Length / 2)]; break;
            case "one bit": bytes[^5] ^= 1; break;
            default: bytes = "[1, 2]"u8.ToArray(); break;
        }

        File.WriteAllBytes(path, bytes);
    }

    private Dictionary<string, string> Contents() =>
        Directory.GetFiles(runs.Path, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).ToDictionary(path => path, path => Convert.ToHexString(File.ReadAllBytes(path)));
}
