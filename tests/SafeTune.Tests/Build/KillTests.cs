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
        Assert.Equal(0, Table().Code);
        var undisturbed = File.ReadAllBytes(At("results/mini/table1.csv"));
        Directory.Delete(At("results"), recursive: true);
        Directory.Delete(At("artifacts"), recursive: true);

        Kill(once: () => Directory.Exists(At("artifacts/runs")) && Directory.EnumerateFiles(At("artifacts/runs"), "progress.json", SearchOption.AllDirectories).Any());
        Assert.False(File.Exists(At("results/mini/table1.csv")));
        var resumed = Table();
        Assert.Equal(0, resumed.Code);
        Assert.Contains("Resuming after step", resumed.Output, StringComparison.Ordinal);
        Assert.Equal(undisturbed, File.ReadAllBytes(At("results/mini/table1.csv")));
    }

    private static string[] Arguments(string root) =>
        [Path.Combine(root, "program", "Build.dll"), "--target=Table1", "--scale=mini", "--rows=safe", "--columns=mrpc", "--seeds=1", "--threads=1", $"--hub={root}/hub"];

    private Command Table() => Command.Run("dotnet", Arguments(root.Path), root.Path);

    private void Kill(Func<bool> once)
    {
        using var process = Process.Start(new ProcessStartInfo("dotnet", Arguments(root.Path)) { WorkingDirectory = root.Path, RedirectStandardOutput = true, RedirectStandardError = true })!;
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
