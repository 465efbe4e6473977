namespace SafeTune.Reproduction.Results;

/// <summary>Mean and sample standard deviation over seeds; one seed has no deviation.</summary>
public sealed record Spread(double Mean, double? Deviation, int Count)
{
    public static Spread? Of(IEnumerable<double?> values)
    {
        double[] present = [.. values.OfType<double>()];
        if (present.Length == 0)
            return null;
        double mean = present.Average();
        double squares = present.Sum(value => (value - mean) * (value - mean));
        return new Spread(mean, present.Length < 2 ? null : Math.Sqrt(squares / (present.Length - 1)), present.Length);
    }
}
