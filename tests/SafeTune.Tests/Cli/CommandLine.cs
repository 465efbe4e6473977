using SafeTune.Cli;

namespace SafeTune.Tests.Cli;

/// <summary>What a command left behind.</summary>
internal sealed record Outcome(int Code, string Output, string Error)
{
    /// <summary>The lines on the error stream.</summary>
    public string[] Errors => Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}

/// <summary>Runs the command line in this process.</summary>
internal static class CommandLine
{
    public static Outcome Run(params string[] args) => Run(default, args);

    public static Outcome Run(CancellationToken stop, params string[] args)
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        var code = Tool.Run(args, output, error, isTerminal: false, stop);
        return new Outcome(code, output.ToString(), error.ToString());
    }
}

/// <summary>A small model, and tables that it can learn from.</summary>
internal sealed class Workbench : IDisposable
{
    private readonly TinyModel model = new();

    public Workbench()
    {
        Directory.CreateDirectory(Folder);
        WriteTable("train.csv", 96, seed: 1);
        WriteTable("dev.csv", 40, seed: 2);
    }

    public string Model => model.Folder;

    public string Folder { get; } = System.IO.Path.Combine(System.IO.Path.GetTempPath(), "safetune-cli-" + Guid.NewGuid().ToString("N"));

    public string Path(string name) => System.IO.Path.Combine(Folder, name);

    public string Write(string name, string text)
    {
        File.WriteAllText(Path(name), text);
        return Path(name);
    }

    /// <summary>A training on train.csv, scored on dev.csv, with further options.</summary>
    public Outcome Train(string output, params string[] more) => Train(default, output, more);

    public Outcome Train(CancellationToken stop, string output, params string[] more) => CommandLine.Run(
        stop, ["train", "--model", Model, "--data", Path("train.csv"), "--validation", Path("dev.csv"), "--output", Path(output), "--epochs", "2", "--batch-size", "16", "--threads", "1", .. more]);

    public void Dispose()
    {
        model.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    private void WriteTable(string name, int rows, int seed)
    {
        var lines = TinyModel.Cats(rows, seed).Examples.Select((example, i) => $"{i},{example.Text},{(example.Label == 1 ? "yes" : "no")},{example.Text.Split(' ').Length}");
        Write(name, "id,text,label,words\n" + string.Join('\n', lines) + "\n");
    }
}
