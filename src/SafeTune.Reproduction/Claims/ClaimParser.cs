using System.Globalization;
using System.Text.RegularExpressions;
using SafeTune.Reproduction.Experiments;
using SafeTune.Reproduction.Results;

namespace SafeTune.Reproduction.Claims;

/// <summary>
/// Reads <c>safe.value &gt;= lora.value - score_loss, on average over columns</c>. Terms: numbers, thresholds of the experiment file, <c>row.quantity</c>
/// (row: a label or its last part), + - * / and parentheses. A plus with a letter on either side belongs to a label, as in <c>houlsby+safe.value</c>.
/// </summary>
internal sealed partial class ClaimParser
{
    private static readonly string[] Signs = ["<=", ">=", "<", ">"];
    private static readonly string[] Scopes = ["on average over columns", "in every column"];
    private static readonly string[] Metrics = ["value", "accuracy", "f1", "matthews", "pearson", "spearman", "train_loss"];

    private readonly List<string> _tokens;
    private readonly IReadOnlyList<string> _rows;
    private readonly IReadOnlyDictionary<string, double> _thresholds;
    private readonly Func<string, UsageException> _complain;
    private int _next;

    private ClaimParser(
        List<string> tokens, IReadOnlyList<string> rows, IReadOnlyDictionary<string, double> thresholds, Func<string, UsageException> complain) =>
        (_tokens, _rows, _thresholds, _complain) = (tokens, rows, thresholds, complain);

    /// <exception cref="UsageException">Made by <paramref name="complain"/>, which knows file and line.</exception>
    public static Claim Parse(
        string sentence, string text, IReadOnlyList<string> rows, IReadOnlyDictionary<string, double> thresholds, Func<string, UsageException> complain)
    {
        int comma = text.IndexOf(',', StringComparison.Ordinal);
        string scope = comma < 0 ? Scopes[1] : text[(comma + 1)..].Trim();
        if (!Scopes.Contains(scope))
            throw complain($"after the comma a claim says '{Scopes[0]}' or '{Scopes[1]}', found '{scope}'.");
        string inequality = comma < 0 ? text : text[..comma];
        var parser = new ClaimParser(Split(inequality, complain), rows, thresholds, complain);
        Term left = parser.Sum();
        string sign = parser.Take() ?? "the end";
        if (!Signs.Contains(sign))
            throw complain($"a claim needs one of {string.Join(' ', Signs)} where '{sign}' stands.");
        Term right = parser.Sum();
        if (parser.Take() is { } rest)
            throw complain($"unexpected '{rest}' after the inequality.");
        return new Claim(Claim.WriteOut(sentence, thresholds), text, left, sign, right, scope == Scopes[0] ? Scope.AverageOverColumns : Scope.EveryColumn);
    }

    private static List<string> Split(string text, Func<string, UsageException> complain)
    {
        var tokens = new List<string>();
        for (int at = 0; at < text.Length;)
        {
            Match match = Token().Match(text, at);
            if (!match.Success)
                throw complain($"'{text[at]}' does not belong in a claim.");
            if (!string.IsNullOrWhiteSpace(match.Value))
                tokens.Add(match.Value);
            at += match.Length;
        }
        return tokens;
    }

    private Term Sum()
    {
        Term term = Product();
        while (Peek is "+" or "-")
            term = new Operation(Take()![0], term, Product());
        return term;
    }

    private Term Product()
    {
        Term term = Factor();
        while (Peek is "*" or "/")
            term = new Operation(Take()![0], term, Factor());
        return term;
    }

    private Term Factor()
    {
        string token = Take() ?? throw _complain("the inequality ends where a number or row.quantity should stand.");
        if (token == "(")
        {
            Term inner = Sum();
            return Take() == ")" ? inner : throw _complain("a parenthesis is not closed.");
        }
        if (token == "-")
            return new Operation('-', new Constant(0), Factor());
        if (char.IsAsciiDigit(token[0]))
            return new Constant(double.Parse(token, CultureInfo.InvariantCulture));
        if (!char.IsAsciiLetter(token[0]))
            throw _complain($"a number or row.quantity should stand where '{token}' does.");
        return token.Contains('.', StringComparison.Ordinal) ? RowQuantity(token) : Threshold(token);
    }

    private Constant Threshold(string name) => _thresholds.TryGetValue(name, out double number)
        ? new Constant(number)
        : throw _complain($"unknown threshold '{name}' in a claim.{Nearest.Hint(name, _thresholds.Keys)} Quantities are written row.quantity, for example safe.flops.");

    private Quantity RowQuantity(string token)
    {
        int dot = token.IndexOf('.', StringComparison.Ordinal);
        string row = token[..dot], name = token[(dot + 1)..];
        string method = MethodLabels.Find(row, _rows)
            ?? throw _complain($"unknown row '{row}' in a claim.{Nearest.Hint(row, MethodLabels.Words(_rows))} Rows are {string.Join(", ", _rows)}.");
        string[] known = [.. Metrics, .. ResultRow.Quantities, "seconds"];
        return known.Contains(name) ? new Quantity(method, name)
            : throw _complain($"unknown quantity '{name}' in a claim.{Nearest.Hint(name, known)} Quantities are {string.Join(", ", known)}.");
    }

    private string? Peek => _next < _tokens.Count ? _tokens[_next] : null;

    private string? Take() => _next < _tokens.Count ? _tokens[_next++] : null;

    [GeneratedRegex(@"\G(\s+|\d+(\.\d+)?([eE][+-]?\d+)?|[A-Za-z][A-Za-z0-9_]*((\+[a-z]+)?\.[A-Za-z][A-Za-z0-9_]*)?|<=|>=|[<>+\-*/()])")]
    private static partial Regex Token();
}
