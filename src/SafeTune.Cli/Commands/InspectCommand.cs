using System.CommandLine;
using SafeTune.Adapters;
using SafeTune.Cli.Output;

namespace SafeTune.Cli.Commands;

/// <summary><c>safetune inspect</c>: what is in a file or folder of weights?</summary>
internal static class InspectCommand
{
    public static Command Make(Session session)
    {
        var path = new Argument<string>("path") { Description = "Folder of an adapter or a model, or a file of tensors (safetensors, or a pickle of torch.save)." };
        var json = Opt.Flag("--json", "Print one JSON document.");
        var command = new Command("inspect", "Says what a file or folder of weights is, and prints parameters and norms block by block.") { path, json }.WithExamples(
            "safetune inspect adapter", "safetune inspect pytorch_model.bin --json");
        command.SetAction(parsed =>
        {
            var found = AdapterInspection.Of(parsed.GetRequiredValue(path));
            if (parsed.GetValue(json))
            {
                session.Output.WriteJson(found);
                return ExitCode.Fine;
            }

            session.Output.WriteLine($"{found.Kind}: {string.Join(", ", found.Files.Select(Path.GetFileName))}");
            Table.Write(session, ["part", "tensors", "parameters", "norm"],
                found.Parts.Append(new InspectedPart("all", found.Parts.Sum(part => part.Tensors), found.Parts.Sum(part => part.Parameters), Math.Sqrt(found.Parts.Sum(part => part.Norm * part.Norm))))
                    .Select(part => (IReadOnlyList<string>)[part.Name, FormattableString.Invariant($"{part.Tensors}"), FormattableString.Invariant($"{part.Parameters:N0}"), FormattableString.Invariant($"{part.Norm:G4}")]));
            return ExitCode.Fine;
        });
        return command;
    }
}
