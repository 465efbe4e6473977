using System.CommandLine;
using SafeTune.Cli.Arguments;
using SafeTune.Cli.Output;

namespace SafeTune.Cli.Commands;

/// <summary><c>safetune merge</c>: an adapter and its model become one model.</summary>
internal static class MergeCommand
{
    public static Command Make(Session session)
    {
        var tuned = new FineTunedOptions();
        var output = Opt.Required("--output", "Folder for the whole model, in Hugging Face's layout.", "dir");
        var json = Opt.Flag("--json", "Print one JSON document.");
        var command = new Command("merge", "Writes an adapter into the weights of its model and saves the whole, and compares the two's outputs.").WithExamples(
            "safetune merge --adapter adapter --output merged", "safetune merge --adapter adapter --model bert-base --output merged --json");
        tuned.AddTo(command);
        command.Add(output);
        command.Add(json);
        command.SetAction(parsed =>
        {
            var folder = parsed.GetRequiredValue(output);
            if (File.Exists(folder)) throw new UsageException($"--output '{folder}' is a file, and the result is a folder; name another one.");
            if (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any()) throw new UsageException($"The folder '{folder}' is not empty; name a new one.");
            using var model = tuned.Load(session, parsed);
            var report = model.Merge(folder);
            if (parsed.GetValue(json)) session.Output.WriteJson(new { output = folder, report });
            else session.Output.WriteLine(FormattableString.Invariant($"{report.ChangedWeights} weights changed; logits differ by at most {Figures.Small(report.LargestDifference)} (largest {Figures.Small(report.LargestLogit)}). Written to {folder}."));
            return ExitCode.Fine;
        });
        return command;
    }
}
