namespace SafeTune.Reproduction.Reports.Charts;

/// <summary>From values to pixels, with round numbers to label.</summary>
internal sealed class Scale
{
    private readonly double _from, _to;

    /// <param name="values">All of them must fit.</param>
    /// <param name="start">The pixel of the smallest.</param>
    /// <param name="end">The pixel of the largest.</param>
    /// <param name="tight">Ends at the values instead of at round numbers beyond them.</param>
    public Scale(IEnumerable<double> values, double start, double end, bool tight = false)
    {
        double[] all = [.. values];
        double low = all.Min(), high = all.Max();
        double room = high > low ? high - low : Math.Max(1, Math.Abs(high) / 10);
        double step = Step(room / 3);
        (_from, _to) = tight ? (low, low + room) : (Math.Floor((low - (room * 0.04)) / step) * step, Math.Ceiling((high + (room * 0.04)) / step) * step);
        (Start, End) = (start, end);
        double first = Math.Ceiling((_from / step) - 1e-9) * step;
        Ticks = [.. Enumerable.Range(0, (int)Math.Floor(((_to - first) / step) + 1e-9) + 1).Select(tick => Math.Round(first + (tick * step), 10))];
        Format = step >= 1 ? "0" : "0." + new string('0', (int)Math.Ceiling(-Math.Log10(step) - 1e-9));
    }

    /// <summary>The pixel of the smallest value.</summary>
    public double Start { get; }

    /// <summary>The pixel of the largest.</summary>
    public double End { get; }

    public IReadOnlyList<double> Ticks { get; }

    /// <summary>As many decimals as the ticks differ in.</summary>
    public string Format { get; }

    public double this[double value] => Start + ((value - _from) / (_to - _from) * (End - Start));

    /// <summary>The next of 1, 2, 5, 10, …</summary>
    private static double Step(double atLeast)
    {
        double power = Math.Pow(10, Math.Floor(Math.Log10(atLeast)));
        return new[] { 1, 2, 5, 10 }.Select(times => times * power).First(step => step >= atLeast * 0.999999);
    }
}
