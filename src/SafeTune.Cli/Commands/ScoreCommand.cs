using System.CommandLine;
using SafeTune.Cli.Output;
using SafeTune.Data;
using SafeTune.Metrics;
using SafeTune.Metrics.Text;

namespace SafeTune.Cli.Commands;

/// <summary><c>safetune score</c>: scores the answers of any model as the official tools do.</summary>
internal static class ScoreCommand
{
    private static readonly string[] Names = ["e2e", "squad", .. Glue.Tasks.Select(task => task.Name)];

    public static Command Make(Session session)
    {
        var metric = new Argument<string>("metric") { Description = $"{string.Join(", ", Names)}." };
        var hypotheses = Opt.Required("--hypotheses", "What a model said. e2e: a text a line; squad: JSON, answers by question id; a GLUE task: a class, its index or a number a line.", "file");
        var references = Opt.Required("--references", "What is right. e2e: a text a line, an empty line between items; squad: the dataset's JSON (v1.1); a GLUE task: as --hypotheses.", "file");
        var variant = Opt.Text("--variant", "BLEU and NIST of e2e as pymteval or as the perl script computes them. Default: pymteval.", "name");
        var json = Opt.Flag("--json", "Print one JSON document.");
        var command = new Command("score", "Scores texts, answers or labels in files as the official tools do.") { metric, hypotheses, references, variant, json }.WithExamples(
            "safetune score e2e --hypotheses generated.txt --references references.txt",
            "safetune score squad --hypotheses predictions.json --references dev-v1.1.json --json");
        command.SetAction(parsed =>
        {
            var (said, right, name) = (parsed.GetRequiredValue(hypotheses), parsed.GetRequiredValue(references), parsed.GetRequiredValue(metric));
            var style = parsed.GetValue(variant);
            if (style is not null && name != "e2e") throw new UsageException($"--variant is for e2e alone; leave it out of 'safetune score {name}'.");
            if (name == "e2e") E2e(session, said, right, Variant(style), parsed.GetValue(json));
            else if (name == "squad") Squad(session, said, right);
            else Task(session, Find(name), said, right, parsed.GetValue(json));
            return ExitCode.Fine;
        });
        return command;
    }

    private static GlueTask Find(string name) => Names.Contains(name)
        ? Glue.Find(name)
        : throw new UsageException($"The metric '{name}' is not known; known: {string.Join(", ", Names)}.{Nearest.Hint(name, Names)}");

    private static MtevalVariant Variant(string? name) => name switch
    {
        null or "pymteval" => MtevalVariant.Pymteval,
        "perl" => MtevalVariant.Perl,
        _ => throw new UsageException($"--variant takes pymteval or perl, not '{name}'.{Nearest.Hint(name, ["pymteval", "perl"])}"),
    };

    private static void E2e(Session session, string hypotheses, string references, MtevalVariant variant, bool json)
    {
        var (said, right) = ScoreFiles.E2e(hypotheses, references);
        var scores = TextMetrics.E2e(said, right, new E2eOptions { Variant = variant });
        if (json)
        {
            session.Output.WriteJson(new { scores.Bleu, scores.Nist, scores.RougeL, scores.Cider, scores.Meteor, scores.MeteorIsApproximate });
            return;
        }

        // The lines of measure_scores.py.
        session.Output.WriteLine("SCORES:\n==============");
        session.Output.WriteLine(FormattableString.Invariant($"BLEU: {scores.Bleu:F4}"));
        session.Output.WriteLine(FormattableString.Invariant($"NIST: {scores.Nist:F4}"));
        session.Output.WriteLine(FormattableString.Invariant($"METEOR: {scores.Meteor:F4}") + (scores.MeteorIsApproximate ? " (approximate: without the jar that METEOR_JAR names)" : ""));
        session.Output.WriteLine(FormattableString.Invariant($"ROUGE_L: {scores.RougeL:F4}"));
        session.Output.WriteLine(FormattableString.Invariant($"CIDEr: {scores.Cider:F4}"));
    }

    // The official script prints JSON anyway, on one line.
    private static void Squad(Session session, string predictions, string dataset)
    {
        var questions = ScoreFiles.Squad(predictions, dataset);
        foreach (var (id, _, _) in questions.Where(question => question.Answer is null)) session.Error.WriteLine($"Unanswered question {id} will receive score 0.");
        var scores = SquadMetrics.Of([.. questions.Select(question => question.Answer ?? "")], [.. questions.Select(question => question.Right)]);
        session.Output.WriteJson(new { scores.ExactMatch, scores.F1 }, onOneLine: true);
    }

    private static void Task(Session session, GlueTask task, string hypotheses, string references, bool json)
    {
        var (said, right) = ScoreFiles.Labels(task, hypotheses, references);
        var scores = TaskMetrics.Of(task.LabelNames is null, task.LabelNames?.Count ?? 1, right, said).Where(score => score.Key != "mse").ToDictionary();
        if (json) session.Output.WriteJson(scores);
        else Table.Write(session, ["score", task.Name], [.. scores.Select(score => (IReadOnlyList<string>)[score.Key, Figures.Score(score.Value)])]);
    }
}
