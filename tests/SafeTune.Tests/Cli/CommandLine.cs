using SafeTune.Cli;
using SafeTune.Data;

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
    public static Outcome Run(params string[] args) => Run(args, default);

    public static Outcome Run(string[] args, CancellationToken stop, string input = "")
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        var code = Tool.Run(args, output, error, isTerminal: false, new StringReader(input), stop);
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

    /// <summary>A training on train.csv, scored on dev.csv, with further options; these win.</summary>
    public Outcome Train(string output, params string[] more) => CommandLine.Run(Command(output, more), default);

    /// <summary>The same, interrupted after its first step.</summary>
    public Outcome Interrupt(string output)
    {
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        return CommandLine.Run(Command(output, []), stop.Token);
    }

    public void Dispose()
    {
        model.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    private string[] Command(string output, string[] more)
    {
        (string Name, string Value)[] usual =
        [
            ("--model", Model), ("--data", Path("train.csv")), ("--validation", Path("dev.csv")), ("--output", Path(output)), ("--epochs", "2"), ("--batch-size", "16"), ("--threads", "1"),
        ];
        return ["train", .. usual.Where(option => !more.Contains(option.Name)).SelectMany(option => new[] { option.Name, option.Value }), .. more];
    }

    private void WriteTable(string name, int rows, int seed)
    {
        var lines = TinyModel.Halves(rows, seed).Examples.Cast<TextExample>().Select((example, i) => $"{i},{example.Text},{(example.Label == 1 ? "yes" : "no")},{example.Text.Split(' ').Length}");
        Write(name, "id,text,label,words\n" + string.Join('\n', lines) + "\n");
    }
}
