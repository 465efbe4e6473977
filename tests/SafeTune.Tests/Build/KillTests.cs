using System.Diagnostics;
using System.Text;
using SafeTune.Data;
using SafeTune.Tests.Data;

namespace SafeTune.Tests.Build;

/// <summary>The real build program on a small model, killed and started again.</summary>
public sealed class KillTests : IDisposable
{
    private readonly TemporaryFolder root = new();
    private readonly TinyModel model = new(positions: 128);

    public KillTests()
    {
        File.WriteAllText(At("SafeTune.slnx"), "");
        Copy(Path.GetDirectoryName(Command.BuildProgram)!, At("program"));
        Copy(Path.Combine(Golden.Root, "experiments"), At("experiments"));
        Copy(model.Folder, At("hub/models/all-MiniLM-L6-v2"));
        Write("train.tsv", 400);
        Write("dev.tsv", 40);
    }

    public void Dispose()
    {
        root.Dispose();
        model.Dispose();
    }

    [Fact]
    public void A_killed_table_goes_on_from_its_checkpoint_to_the_same_bytes()
    {
        Assert.Equal(0, Run(Table).Code);
        var undisturbed = File.ReadAllBytes(At("results/mini/table1.csv"));
        Forget();

        Kill(Table, once: () => HasCheckpoint("artifacts/runs"));
        Assert.False(File.Exists(At("results/mini/table1.csv")));
        var resumed = Run(Table);
        Assert.Equal(0, resumed.Code);
        Assert.Contains("Resuming after step", resumed.Output, StringComparison.Ordinal);
        Assert.Equal(undisturbed, File.ReadAllBytes(At("results/mini/table1.csv")));
    }

    [Fact]
    public void Cells_side_by_side_and_in_shards_give_the_bytes_of_one_after_the_other()
    {
        Assert.Equal(0, Run(Both("--rows=lora,safe", "--jobs=1")).Code);
        var alone = File.ReadAllBytes(At("results/mini/table1.csv"));
        Forget();
        var together = Run(Both("--rows=lora,safe", "--jobs=2"));
        Assert.Equal(0, together.Code);
        Assert.Contains("2 cells side by side", together.Output, StringComparison.Ordinal);
        Assert.Equal(alone, File.ReadAllBytes(At("results/mini/table1.csv")));

        foreach (var shard in (string[])["1", "2"])
        {
            Forget();
            Assert.Equal(0, Run(Both("--rows=lora,safe", $"--shard={shard}/2")).Code);
            Directory.Move(At("results/mini"), At($"part{shard}"));
        }

        Assert.Equal(0, Run(Both($"--merge={At("part1")},{At("part2")}")).Code);
        Assert.Equal(alone, File.ReadAllBytes(At("results/mini/table1.csv")));
    }

    [Fact]
    public void A_killed_pre_training_goes_on_from_its_checkpoint_to_the_same_bytes()
    {
        Directory.CreateDirectory(At("hub/tokenizers/bert"));
        File.Copy(Path.Combine(model.Folder, "vocab.txt"), At("hub/tokenizers/bert/vocab.txt"));
        Directory.CreateDirectory(At("hub/datasets/corpus"));
        foreach (var (name, rows) in new[] { ("train", 300), ("valid", 20) })
            File.WriteAllLines(At($"hub/datasets/corpus/{name}.txt"), TinyModel.Halves(rows, seed: rows).Examples.Cast<TextExample>().Select(example => example.Text));
        string[] files = ["config.json", "model.safetensors", "pretraining.csv", "vocab.txt"];
        string[] Bytes() => [.. files.Select(file => Convert.ToHexString(File.ReadAllBytes(At($"experiments/smoke/models/world-bert/{file}"))))];
        Assert.Equal(0, Run(Pretrain).Code);
        var undisturbed = Bytes();
        Directory.Delete(At("experiments/smoke/models/world-bert"), recursive: true);
        Directory.Delete(At("artifacts"), recursive: true);

        Kill(Pretrain, once: () => HasCheckpoint("artifacts/models"));
        Assert.False(Directory.Exists(At("experiments/smoke/models/world-bert")));
        var resumed = Run(Pretrain);
        Assert.Equal(0, resumed.Code);
        Assert.Contains("Resuming after step", resumed.Output, StringComparison.Ordinal);
        Assert.Equal(undisturbed, Bytes());
    }

    private void Forget()
    {
        Directory.Delete(At("results"), recursive: true);
        Directory.Delete(At("artifacts"), recursive: true);
    }

    private string[] Table => Both("--rows=safe");

    private string[] Both(params string[] more) => Arguments(["--target=Table1", "--scale=mini", "--columns=mrpc", "--seeds=1", .. more]);

    private string[] Pretrain => Arguments("--target=Pretrain", "--models=world-bert");

    private string[] Arguments(params string[] arguments) => [At("program/Build.dll"), .. arguments, "--threads=1", $"--hub={At("hub")}"];

    private bool HasCheckpoint(string folder) => Directory.Exists(At(folder)) && Directory.EnumerateFiles(At(folder), "progress.json", SearchOption.AllDirectories).Any();

    private Command Run(string[] arguments) => Command.Run("dotnet", arguments, root.Path);

    private void Kill(string[] arguments, Func<bool> once)
    {
        using var process = Process.Start(new ProcessStartInfo("dotnet", arguments) { WorkingDirectory = root.Path, RedirectStandardOutput = true, RedirectStandardError = true })!;
        process.OutputDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        while (!process.HasExited && !once()) Thread.Sleep(1);
        Assert.False(process.HasExited, "it ended before it could be killed");
        process.Kill();
        process.WaitForExit();
    }

    private string At(string path) => Path.Combine(root.Path, path);

    private void Write(string file, int rows)
    {
        var text = new StringBuilder("Quality\t#1 ID\t#2 ID\t#1 String\t#2 String\n");
        TextExample[] examples = [.. TinyModel.Halves(rows, seed: rows).Examples.Cast<TextExample>()];
        for (var i = 0; i < rows; i++) text.Append(null, $"{examples[i].Label}\t{i}\t{i}\t{examples[i].Text}\t{examples[(i + 1) % rows].Text}\n");
        Directory.CreateDirectory(At("hub/datasets/glue/MRPC"));
        File.WriteAllText(At($"hub/datasets/glue/MRPC/{file}"), text.ToString());
    }

    private static void Copy(string from, string to)
    {
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }
}
