using System.Globalization;
using System.Text;
using SafeTune.Reproduction.Cells;
using SafeTune.Reproduction.Results;

namespace SafeTune.Reproduction.Comparing.Regressions;

/// <summary>The comparison as a comment on a pull request: the verdict first, then what changed, then the rest folded away.</summary>
/// <param name="scale">As in --scale.</param>
/// <param name="baseline">What was before.</param>
/// <param name="candidate">What is now.</param>
/// <param name="differences">Of all tables.</param>
internal sealed class RegressionComment(string scale, ResultSet baseline, ResultSet candidate, IReadOnlyList<Difference> differences)
{
    /// <summary>By which a comment is found again, to be replaced by the next one.</summary>
    public const string Marker = "<!-- safetune-regression -->";

    /// <summary>GitHub takes 65,536.</summary>
    public const int MostCharacters = 60_000;

    private const int ForChanges = 32_000, ForTheRest = 20_000;

    private readonly Difference[] _changed =
        [.. differences.Where(difference => !Verdicts.Holds(difference.Verdict)).OrderByDescending(difference => difference.Verdict)];

    public bool IsRegression => differences.Any(difference => Verdicts.IsRegression(difference.Verdict));

    public string Render()
    {
        var text = new StringBuilder();
        text.Append(Marker).Append('\n');
        text.Append(Verdict()).Append("\n\n");
        text.Append(Sides()).Append('\n');
        if (_changed.Length > 0)
            text.Append(Rows(_changed, ForChanges)).Append('\n');
        text.Append(Rest());
        text.Append("**What to do next.** ").Append(string.Join(' ', Next())).Append('\n');
        return text.ToString();
    }

    private string Verdict()
    {
        string verdict = IsRegression ? "Regression" : _changed.Length > 0 ? "No regression, but look at what changed" : "No regression";
        return $"**{verdict}: {Verdicts.Count(differences)}** (scale {scale}, {string.Join(", ", differences.Select(difference => difference.Key.Table).Distinct())})";
    }

    private string Sides()
    {
        (string, Func<RunRow, string>)[] lines =
        [
            ("measured at commit", run => Untrusted.Code(run.Commit.Length > 10 ? run.Commit[..10] : run.Commit, 40) + (run.Dirty == true ? " with uncommitted changes" : "")),
            ("hardware", run => Untrusted.Code(run.Device, 160)),
            ("torch", run => Untrusted.Code(run.Torch, 40)),
        ];
        var text = new StringBuilder("| | baseline | candidate |\n| --- | --- | --- |\n");
        text.Append(CultureInfo.InvariantCulture, $"| results | {Name(baseline)} | {Name(candidate)} |\n");
        foreach (var (title, of) in lines)
            text.Append(CultureInfo.InvariantCulture, $"| {title} | {Distinct(baseline, of)} | {Distinct(candidate, of)} |\n");
        string[] differ = [.. lines.Skip(1).Where(line => Distinct(baseline, line.Item2) != Distinct(candidate, line.Item2)).Select(line => line.Item1)];
        if (differ.Length > 0)
            text.Append(CultureInfo.InvariantCulture, $"\n⚠ Another {string.Join(" and ", differ)} on either side: scores may differ for that reason alone, and seconds say nothing.\n");
        else if (baseline.Runs.Count > 0)
            text.Append(Moved());
        return text.ToString();

        static string Name(ResultSet side) => Untrusted.Code(side.Name, 100) + (side.Commit is { } commit ? $" at `{commit[..10]}`" : "");
        static string Distinct(ResultSet side, Func<RunRow, string> of)
        {
            string[] all = [.. side.Runs.Select(of).Distinct().Order(StringComparer.Ordinal)];
            return all.Length == 0 ? "not recorded" : string.Join("<br>", all.Take(3)) + (all.Length > 3 ? FormattableString.Invariant($"<br>and {all.Length - 3} more") : "");
        }
    }

    // The losses of equal seeds lie much nearer to each other than bands are wide: what moves them all one way shows here first.
    private string Moved()
    {
        Difference[] both = [.. differences.Where(difference => difference is { Before: not null, Now: { } now } && double.IsFinite(now))];
        int cells = both.Select(difference => difference.Key).Distinct().Count();
        int moved = both.Where(difference => difference.Verdict != Comparing.Verdict.Same).Select(difference => difference.Key).Distinct().Count();
        if (moved == 0)
            return "";
        Difference[] losses = [.. both.Where(difference => difference.Quantity == CellRows.TrainLoss && difference.Before > 0)];
        string loss = losses.All(loss => loss.Now == loss.Before) ? "" : string.Create(CultureInfo.InvariantCulture,
            $" Their training loss rose in {losses.Count(loss => loss.Now > loss.Before)} and fell in {losses.Count(loss => loss.Now < loss.Before)}, by {Signed(100 * losses.Average(loss => (loss.Now!.Value / loss.Before!.Value) - 1), "0.00")} % on average.");
        return string.Create(CultureInfo.InvariantCulture, $"\nEqual code gives equal numbers on equal hardware and torch: this change moved those of {moved} of {cells} cells.{loss}\n");
    }

    private string Rest()
    {
        var text = new StringBuilder();
        var tables = differences.Where(difference => Verdicts.Holds(difference.Verdict)).GroupBy(difference => difference.Key.Table).ToList();
        foreach (var table in tables)
        {
            Difference[] moved = [.. table.Where(difference => difference.Verdict != Comparing.Verdict.Same)];
            string summary = $"{table.Key}: {Verdicts.Count(table)}; mean change: {Means(table)}";
            string rows = moved.Length > 0 ? Rows(moved, ForTheRest / tables.Count) : "Every value is the same to the last digit.\n";
            text.Append(CultureInfo.InvariantCulture, $"<details>\n<summary>{summary}</summary>\n\n{rows}\n</details>\n\n");
        }

        return text.ToString();
    }

    private static string Means(IEnumerable<Difference> held)
    {
        var both = held.Where(difference => difference is { Before: not null, Now: not null }).ToList();
        string[] means =
        [
            .. both.Where(difference => Quality.IsInPoints(difference.Quantity)).Select(difference => difference.Now! - difference.Before!).Average() is { } points
                ? [$"scores {Signed(points, "0.00")} points"] : Array.Empty<string>(),
            .. Relative("memory", quantity => quantity.EndsWith("_bytes", StringComparison.Ordinal)),
            .. Relative("compute", quantity => quantity.StartsWith("flops", StringComparison.Ordinal)),
        ];
        return means.Length > 0 ? string.Join(", ", means) : "none";

        IEnumerable<string> Relative(string name, Func<string, bool> isIt) =>
            both.Where(difference => isIt(difference.Quantity) && difference.Before != 0).Select(difference => 100 * (difference.Now / difference.Before - 1)).Average() is { } percent
                ? [$"{name} {Signed(percent, "0.00")} %"] : [];
    }

    private static string Rows(IReadOnlyList<Difference> rows, int budget)
    {
        var text = new StringBuilder("| verdict | value | before | now | change | band |\n| --- | --- | ---: | ---: | ---: | --- |\n");
        for (int i = 0; i < rows.Count; i++)
        {
            string row = Row(rows[i]);
            if (text.Length + row.Length > budget)
                return text.Append(CultureInfo.InvariantCulture, $"\nand {rows.Count - i} more\n").ToString();
            text.Append(row);
        }

        return text.ToString();
    }

    private static string Row(Difference difference)
    {
        string verdict = Verdicts.IsRegression(difference.Verdict) || difference.Verdict is Comparing.Verdict.Better or Comparing.Verdict.New ? $"**{Verdicts.Name(difference.Verdict)}**" : Verdicts.Name(difference.Verdict);
        string quantity = difference.Quantity.Length > 0 ? Untrusted.Code(difference.Quantity, 40) : "the cell";
        string note = difference.Note.Length > 0 ? "<br>" + Untrusted.Code(difference.Note, 120) : "";
        string band = difference.Band is { } width && note.Length == 0 ? Verdicts.Describe(width) : "";
        return string.Create(CultureInfo.InvariantCulture,
            $"| {verdict} | {Cell(difference.Key)}<br>{quantity}{note} | {Number(difference.Before)} | {Number(difference.Now)} | {Change(difference)} | {band} |\n");
    }

    // All names in one column: a comment on GitHub is 780 pixels wide, and the numbers need most of them.
    private static string Cell(CellKey key) => string.Create(CultureInfo.InvariantCulture, $"{key.Table} · {Untrusted.Code(key.Model, 40)} · {Untrusted.Code(key.Method, 40)} · {Untrusted.Code(key.Task, 40)} · seed {key.Seed}");

    private static string Change(Difference difference) => (difference.Before, difference.Now) switch
    {
        ({ } before, { } now) when double.IsFinite(before) && double.IsFinite(now) => before == now ? "0"
            // One byte too many is no percentage.
            : difference.Band is { Exact: true } ? Signed(now - before, "#,0.####")
            : Quality.IsInPoints(difference.Quantity) || before == 0 ? Signed(now - before, "#,0.00##") : Signed(100 * (now / before - 1), "0.00") + " %",
        _ => "",
    };

    private static string Number(double? value) => value switch
    {
        null => "",
        { } number when !double.IsFinite(number) => "NaN",
        { } number when Math.Abs(number) >= 1e15 => number.ToString("0.####e0", CultureInfo.InvariantCulture),
        { } number => number.ToString("#,0.####", CultureInfo.InvariantCulture),
    };

    private static string Signed(double value, string format) => value.ToString($"+{format};−{format};0", CultureInfo.InvariantCulture);

    private IEnumerable<string> Next()
    {
        var seen = differences.Select(difference => difference.Verdict).ToHashSet();
        if (IsRegression)
        {
            string[] tables = [.. _changed.Where(difference => Verdicts.IsRegression(difference.Verdict)).Select(difference => difference.Key.Table).Distinct()];
            yield return $"See it at home with {string.Join(" and ", tables.Select(table => $"`dotnet cake --target={Target(table)} --scale={scale}`"))}, and mend it; where the new numbers are the right ones, `dotnet cake --target=Verify --scale={scale} --accept` and say in the commit why they changed.";
        }

        if (seen.Contains(Comparing.Verdict.Better))
            yield return "Better than the band explains: say in the pull request what made it so, then accept it.";
        if (seen.Contains(Comparing.Verdict.New))
            yield return $"Nobody has verified the new values: look at them, then `dotnet cake --target=Verify --scale={scale} --accept`.";
        if (seen.Contains(Comparing.Verdict.NotComparable))
            yield return "Other settings or data have no verdict here: look at those cells yourself, or run the baseline again with them.";
        if (_changed.Length == 0)
            yield return "Nothing.";
    }

    private static string Target(string table) => char.ToUpperInvariant(table[0]) + table[1..];
}
