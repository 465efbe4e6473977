using System.Globalization;
using System.Text.RegularExpressions;

namespace SafeTune.Tests.Workflows.Running;

/// <summary>The part of GitHub's expressions that our workflows use.</summary>
/// <param name="values">Of names such as <c>github.token</c>; a name that is not known is an error, not an empty text.</param>
internal sealed partial class Expressions(Func<string, string?> values)
{
    /// <summary>A text with its expressions filled in.</summary>
    public string Fill(string text) => Braces().Replace(text, match => Value(match.Groups[1].Value));

    /// <summary>Whether a condition holds; it may stand with or without braces.</summary>
    public bool Holds(string condition) => IsTrue(Value(Braces().Match(condition) is { Success: true } braces ? braces.Groups[1].Value : condition));

    private string Value(string expression)
    {
        expression = expression.Trim();
        if (Split(expression, "||") is var (either, or))
            return IsTrue(Value(either)) ? Value(either) : Value(or);
        if (Split(expression, "&&") is var (both, and))
            return IsTrue(Value(both)) ? Value(and) : Value(both);
        if (Split(expression, "==") is var (one, other))
            return Text(Value(one) == Value(other));
        if (Split(expression, "!=") is var (first, second))
            return Text(Value(first) != Value(second));
        if (Split(expression, " > ") is var (more, less))
            return Text(Number(Value(more)) > Number(Value(less)));
        if (expression.StartsWith('!'))
            return Text(!IsTrue(Value(expression[1..])));
        if (expression.StartsWith('\''))
            return expression.Trim('\'');
        return expression switch
        {
            "always()" => "true",
            "cancelled()" => "false",
            _ when double.TryParse(expression, CultureInfo.InvariantCulture, out _) => expression,
            _ => values(expression) ?? throw new InvalidOperationException($"the test says nothing of {expression}"),
        };
    }

    // Operators of one kind are evaluated from the left, which makes no difference for ours.
    private static (string, string)? Split(string expression, string by) =>
        expression.IndexOf(by, StringComparison.Ordinal) is var at and >= 0 ? (expression[..at], expression[(at + by.Length)..]) : null;

    private static bool IsTrue(string value) => value is not ("" or "false" or "0");

    private static string Text(bool value) => value ? "true" : "false";

    private static double Number(string value) => double.Parse(value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"\$\{\{(.*?)\}\}")]
    private static partial Regex Braces();
}
