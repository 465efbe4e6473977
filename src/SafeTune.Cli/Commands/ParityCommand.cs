using System.CommandLine;
using SafeTune.Cli.Output;
using SafeTune.Measurement;

namespace SafeTune.Cli.Commands;

/// <summary><c>safetune parity</c>: does this model compute what its reference computed?</summary>
internal static class ParityCommand
{
    public static Command Make(Session session)
    {
        var folder = new Argument<string>("dir") { Description = "Folder with config.json, the weights, golden.safetensors and, for lora.*, adapter/." };
        var json = Opt.Flag("--json", "Print one JSON document.");
        var command = new Command("parity", "Compares a model's outputs, and its adapter's gradients, with those of a reference implementation in golden.safetensors. Exit code 1 above the tolerance.")
        {
            folder,
            json,
        }.WithExamples("safetune parity exported-model", "safetune parity exported-model --json");
        command.SetAction(parsed => Run(session, parsed.GetRequiredValue(folder), parsed.GetValue(json)));
        return command;
    }

    private static int Run(Session session, string folder, bool json)
    {
        var rows = Parity.Run(folder);
        var failed = rows.Count(row => !row.Passed);
        if (json)
        {
            session.Output.WriteJson(new { folder, passed = failed == 0, rows });
        }
        else
        {
            Table.Write(session, ["output", "difference", "tolerance", "largest", "verdict"],
                rows.Select(row => (IReadOnlyList<string>)[row.Name, Figures.Small(row.Difference), Figures.Small(row.Tolerance), Figures.Small(row.Expected), row.Passed ? "pass" : $"FAIL{(row.Problem is { } why ? ": " + why : "")}"]));
            session.Output.WriteLine(failed == 0
                ? $"{rows.Count} outputs within tolerance."
                : $"{failed} of {rows.Count} outputs are out of tolerance.");
        }

        return failed == 0 ? ExitCode.Fine : ExitCode.DidNotHold;
    }
}
