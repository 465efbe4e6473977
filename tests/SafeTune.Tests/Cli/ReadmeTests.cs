using SafeTune.Checkpoints;
using SafeTune.Models;

namespace SafeTune.Tests.Cli;

public sealed class ReadmeTests : IDisposable
{
    private readonly Workbench bench = new();

    public void Dispose() => bench.Dispose();

    [Fact]
    public void The_snippet_fine_tunes_saves_and_predicts()
    {
        var (folder, console) = (Directory.GetCurrentDirectory(), Console.Out);
        WriteModel(bench.Path("all-MiniLM-L6-v2"));
        File.Copy(bench.Path("train.csv"), bench.Path("reviews.csv"));
        bench.Write("new.csv", "text\nred cat\nblue dog\n");
        using var output = new StringWriter();
        try
        {
            Directory.SetCurrentDirectory(bench.Folder);
            Console.SetOut(output);
            ReadmeSnippet.Run();
        }
        finally
        {
            Console.SetOut(console);
            Directory.SetCurrentDirectory(folder);
        }

        Assert.StartsWith("accuracy ", output.ToString(), StringComparison.Ordinal);
        Assert.Equal(3, output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.True(File.Exists(bench.Path("adapter/adapter_model.safetensors")));
    }

    // The tiny model with as many positions as the snippet's default length asks for.
    private void WriteModel(string folder)
    {
        Directory.CreateDirectory(folder);
        File.Copy(Path.Combine(bench.Model, "vocab.txt"), Path.Combine(folder, "vocab.txt"));
        var config = File.ReadAllText(Path.Combine(bench.Model, "config.json")).Replace("\"max_position_embeddings\": 40", "\"max_position_embeddings\": 128", StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(folder, "config.json"), config);
        using var model = AutoModel.Random(AutoModel.Configuration(folder), HeadOptions.Classes(2));
        SafeTensors.Write(Path.Combine(folder, "model.safetensors"), model.NamedWeights().Where(entry => entry.Path.StartsWith("bert.", StringComparison.Ordinal)).Select(entry => (entry.Path, entry.Weight.Value)));
    }

    [Fact]
    public void The_readme_has_the_snippet_to_the_letter()
    {
        const string indent = "        ";
        var source = File.ReadAllText(Path.Combine(Golden.Root, "tests/SafeTune.Tests/Cli/ReadmeSnippet.cs"));
        var snippet = source.Split("// snippet\n")[1].Split(indent + "// end")[0].TrimEnd();
        var plain = string.Join('\n', snippet.Split('\n').Select(line => line.StartsWith(indent, StringComparison.Ordinal) ? line[indent.Length..] : line));

        Assert.Contains(plain, File.ReadAllText(Path.Combine(Golden.Root, "README.md")), StringComparison.Ordinal);
    }
}
