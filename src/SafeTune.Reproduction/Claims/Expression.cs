using System.Globalization;

namespace SafeTune.Reproduction.Claims;

/// <summary>A term of a claim: a number, a threshold, a quantity of a row, or an operation on two terms.</summary>
public abstract record Term
{
    /// <summary>The term's value, null when a quantity it needs is not there.</summary>
    public abstract double? Value(Func<Quantity, double?> lookUp);

    public abstract IEnumerable<Quantity> Quantities { get; }
}

public sealed record Constant(double Number) : Term
{
    public override double? Value(Func<Quantity, double?> lookUp) => Number;
    public override IEnumerable<Quantity> Quantities => [];
}

/// <summary><c>safe.memory_after_bytes</c>: a method's label (whole) and a column of the results, a metric, or <c>value</c> (the paper's metric of the column).</summary>
public sealed record Quantity(string Method, string Name) : Term
{
    public override double? Value(Func<Quantity, double?> lookUp) => lookUp(this);
    public override IEnumerable<Quantity> Quantities => [this];
}

public sealed record Operation(char Sign, Term Left, Term Right) : Term
{
    public override double? Value(Func<Quantity, double?> lookUp) => Sign switch
    {
        '+' => Left.Value(lookUp) + Right.Value(lookUp),
        '-' => Left.Value(lookUp) - Right.Value(lookUp),
        '*' => Left.Value(lookUp) * Right.Value(lookUp),
        _ => Left.Value(lookUp) / Right.Value(lookUp),
    };

    public override IEnumerable<Quantity> Quantities => Left.Quantities.Concat(Right.Quantities);
}

/// <summary>Over what a claim must hold.</summary>
public enum Scope
{
    EveryColumn,
    AverageOverColumns,
}

/// <summary>A sentence and the inequality that makes it true.</summary>
/// <param name="Sentence">For people, thresholds written out.</param>
/// <param name="Text">The inequality as it stands in the file.</param>
/// <param name="Left">Left of the sign.</param>
/// <param name="Sign">&lt;=, &gt;=, &lt; or &gt;</param>
/// <param name="Right">Right of the sign.</param>
/// <param name="Scope">Every column for itself, or both sides averaged over the columns first.</param>
public sealed record Claim(string Sentence, string Text, Term Left, string Sign, Term Right, Scope Scope)
{
    public IReadOnlyList<Quantity> Quantities => [.. Left.Quantities.Concat(Right.Quantities).Distinct()];

    public bool Holds(double left, double right) => Margin(left, right) switch
    {
        0 => Sign.Length == 2,
        var margin => margin > 0,
    };

    /// <summary>How much room there is; negative when the claim fails, 0 where the sides differ by no more than the rounding of sums.</summary>
    public double Margin(double left, double right)
    {
        double room = Sign[0] == '<' ? right - left : left - right;
        return Math.Abs(room) <= 1e-9 * Math.Max(Math.Abs(left), Math.Abs(right)) ? 0 : room;
    }

    /// <summary>Thresholds stand in sentences in braces: <c>at most {memory_share} of LoRA's memory</c>.</summary>
    internal static string WriteOut(string sentence, IReadOnlyDictionary<string, double> thresholds) =>
        thresholds.Aggregate(sentence, (text, threshold) =>
            text.Replace($"{{{threshold.Key}}}", threshold.Value.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal));
}
